// Node's own `import()`, in a file that is always loaded by Node's own `require`: test runners have an `import()` of theirs
// in the code that they load.

/** Imports what a URL names. */
export const bring = async (url: string): Promise<unknown> => await import(url)
