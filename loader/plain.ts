// Texts for which no URL has to be made, because they are written alike in a path and in a URL.

/** A text that is the same as a path and as a URL. */
export const PLAIN = /^[\w\-./@+]*$/

/** Names with slashes between them that may stand in "exports" and say where they lead: no dots alone, no empty one, no `node_modules`. */
export const PLAIN_NAMES = /^(?!node_modules(?:\/|$))[\w\-@+][\w\-.@+]*(?:\/(?!node_modules(?:\/|$))[\w\-@+][\w\-.@+]*)*$/i
