// Node's own `import()`, in a file that is always loaded by Node's own `require`: test runners have an `import()` of theirs
// in the code that they load.

/** Imports what a URL names, with attributes if there are any. */
export const nodeImport = async (url: string, options?: ImportCallOptions): Promise<unknown> => await import(url, options)
