// The text of paths, without a look at what is there. What makes a text another one than that of its place stands beside the
// walk, which it is for (`UNTIDY` of namei.ts).

/** Whether a path is that of a folder or lies below it, both tidy; '' and '/' are the root. */
export const isUnder = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === '/' ? folder : `${folder}/`)

/** A component `..` in an absolute path: the links before it matter. */
export const DOTDOT = /\/\.\.(?:\/|$)/

/** The same in any path, a relative one too: what is removed on the way changes its meaning. */
export const CLIMBS = /(?:^|\/)\.\.(?:\/|$)/

/** A path whose end says that it must be a folder: in a slash, or in `.`. */
export const AS_FOLDER = /\/\.?$/

/** A path that ends in dots, `.` or `..`, and so in no name. */
export const DOTTED = /\/\.{1,2}\/*$/
