// What the functions of fs do differently from one Node line to the next: facts that cannot be had by asking `fs` itself.
import { majorOf } from '../kernel/native.ts'

/** Differences, each named for what holds. */
export interface Line {
  /** The callback form of a recursive readdir runs at once and throws (lib/fs.js of 20.20; passed from 22 on). */
  readonly recursiveReaddirThrows: boolean
  /** A time that is no number, of an invalid Date, leaves a file's time as it is (libuv from Node 22 on; EINVAL before). */
  readonly noTimeOmits: boolean
  /** `throwIfNoEntry: false` holds for the callback and promise forms of stat too (from Node 24 on). */
  readonly noEntryInAllForms: boolean
  /** stat, lstat and fstat heed an AbortSignal until their result is delivered (lib/fs.js of 26.10). */
  readonly statsAbort: boolean
  /** The signal of a whole read or write is looked at once the file of a path is open (up to Node 24; 26 looks when the work was done). */
  readonly looksAfterOpening: boolean
  /** `throwIfNoEntry: false` of stat covers ENOTDIR too (src/node_file.cc from Node 22 on). */
  readonly noEntryCoversNotDir: boolean
  /** rmSync is native (src/node_file.cc, std::filesystem, from Node 24 on): it lists a folder before it removes it, takes a path below a file for gone if forced, and has errors of its own. */
  readonly rmInNative: boolean
  /** The error of a folder that is not to be removed shows a URL as it was given, in the sync form (from Node 22 on). */
  readonly rmShowsUrl: boolean
  /** Those errors name the path twice (24). */
  readonly rmNamesTwice: boolean
  /** Errors of reading a whole file name the path that was opened, but not in the sync form (lib/internal/fs of 26.10). */
  readonly readNamesPath: boolean
  /** The callback form asks the system to write even when there is nothing to write to a path (up to Node 24; to a descriptor on all lines). */
  readonly callbackWritesNothing: boolean
  /** `FileHandle.read` takes any position that is no whole number for the file's own (Node 20). */
  readonly handleReadsAnywhere: boolean
  /** openAsBlob of what is not there gives the system error (src/node_blob.cc of 26.10; 'Unable to open file as blob' before). */
  readonly blobNamesError: boolean
  /** A recursive readdir with Dirents follows links to folders, by form; with names it does on all lines (lib/fs.js, lib/internal/fs/promises.js). */
  readonly direntsFollow: Readonly<Record<'sync' | 'callback' | 'promise', boolean>>
  /** The promise form of a recursive readdir takes the folder found last first (up to Node 24). */
  readonly promiseListsLastFirst: boolean
  /** A recursive readdir goes by the bytes of names, not by their text (src/node_file.cc of 26.10). */
  readonly recursesByBytes: boolean
  /** The promise form of readFile looks at the encoding before it reads a path (up to Node 24; a FileHandle on all lines). */
  readonly promiseDecodesFirst: boolean
  /** copyFile takes times and owner along as far as it may (libuv from Node 22 on, tried with 1.51: utimensat, fchown, fchmod, then the data). */
  readonly copyTakesOwner: boolean
  /** A FileHandle that is collected while it is open is an error (src/node_file.cc of 26.10; a warning before). */
  readonly leakThrows: boolean
  /** `readableWebStream` without `type: 'bytes'` reads by the native handle (Node 20). */
  readonly webStreamsOfSystem: boolean
  /** mkdtemp takes an empty prefix (src/node_file.cc from Node 24 on; EINVAL before, for a template of five letters). */
  readonly emptyTemplates: boolean
  /** promises.watch keeps what it hears until it is asked (lib/internal/fs/watchers.js from Node 22 on; one event before). */
  readonly watchQueues: boolean
}

/** Where the ways that cp takes part (lib/internal/fs/cp, src/node_file.cc), each seen by trying. */
export interface CpLine {
  /** cpSync checks and copies folders in C++ (from 22 on; JavaScript before). */
  readonly inNative: boolean
  /** A folder that exists is an error with `errorOnExist` and without `force`: of the asynchronous forms, of cpSync. */
  readonly folderExists: boolean
  readonly folderExistsSync: boolean
  /** A link is only held against what it would replace if it leads to a folder. */
  readonly looksAtLinks: boolean
  /** The same for cpSync. */
  readonly looksAtLinksSync: boolean
  /** Folders get the times of their sources. */
  readonly folderTimes: boolean
  /** Folders that cpSync makes get the modes of their sources. */
  readonly folderModes: boolean
  /** A target that is a link to a folder is taken for the folder (libstdc++ of the build). */
  readonly followsTarget: boolean
  /** The asynchronous forms copy a folder in C++ where there is none yet and no filter. */
  readonly copiesFoldersInNative: boolean
  /** cpSync heeds `dereference` for links in folders. */
  readonly looksThroughLinks: boolean
}

/** The differences of cp on a Node version. */
export function cpLineOf (version: string): CpLine {
  const major = majorOf(version)
  return {
    inNative: major >= 22,
    folderExists: major >= 22,
    folderExistsSync: major >= 26,
    looksAtLinks: major >= 24,
    looksAtLinksSync: major >= 22,
    folderTimes: major >= 26,
    folderModes: major >= 26,
    followsTarget: major >= 24,
    looksThroughLinks: major >= 26,
    copiesFoldersInNative: major >= 26
  }
}

/** The running Node's way of copying. */
export const cpLine = cpLineOf(process.versions.node)

/** Where the ways that glob takes part (lib/internal/fs/glob.js). */
export interface GlobLine {
  /** A folder is left as soon as one of its entries was visited with the same rest of a pattern (22). */
  readonly givesUp: boolean
  /** Links behind `**` are entered as folders are (before 26). */
  readonly entersLinks: boolean
  /** It has `followSymlinks`; `maxDepth`. */
  readonly follows: boolean
  readonly limits: boolean
}

/** The differences of glob on a Node version. */
export function globLineOf (version: string): GlobLine {
  const major = majorOf(version)
  return {
    givesUp: major < 24,
    entersLinks: major < 26,
    follows: major >= 24,
    limits: major >= 26
  }
}

/** The running Node's way of searching. */
export const globLine = globLineOf(process.versions.node)

/** The differences of a Node version ('20.20.2'). */
export function lineOf (version: string): Line {
  const major = majorOf(version)
  return {
    recursiveReaddirThrows: major < 22,
    noTimeOmits: major >= 22,
    noEntryInAllForms: major >= 24,
    statsAbort: major >= 26,
    looksAfterOpening: major < 26,
    noEntryCoversNotDir: major >= 22,
    rmInNative: major >= 24,
    rmNamesTwice: major === 24,
    rmShowsUrl: major >= 22,
    readNamesPath: major >= 26,
    callbackWritesNothing: major < 26,
    handleReadsAnywhere: major < 22,
    direntsFollow: { sync: major >= 22, callback: major >= 22, promise: major >= 26 },
    promiseListsLastFirst: major < 26,
    recursesByBytes: major >= 26,
    promiseDecodesFirst: major < 26,
    blobNamesError: major >= 26,
    copyTakesOwner: major >= 22,
    leakThrows: major >= 26,
    webStreamsOfSystem: major < 22,
    watchQueues: major >= 22,
    emptyTemplates: major >= 24
  }
}

/** The running Node's. */
export const line = lineOf(process.versions.node)
