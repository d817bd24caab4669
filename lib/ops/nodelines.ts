// What the functions of fs do differently from one line of Node to the next: facts that cannot be had by asking `fs` itself.
// Pure functions of a version ('20.20.2'), each fact named for what holds.
import { majorOf } from '../kernel/native.ts'

/** The differences of a version. */
export function lineOf (version: string) {
  const major = majorOf(version)
  return {
    /** The callback form of a recursive readdir runs at once and throws (lib/fs.js of 20.20; passed from 22 on). */
    recursiveReaddirThrows: major < 22,
    /** A time that is no number, of an invalid Date, leaves a file's time as it is (libuv from Node 22 on; EINVAL before). */
    noTimeOmits: major >= 22,
    /** `throwIfNoEntry: false` holds for the callback and promise forms of stat too (from Node 24 on). */
    noEntryInAllForms: major >= 24,
    /** stat, lstat and fstat heed an AbortSignal until their result is delivered (lib/fs.js of 26.10). */
    statsAbort: major >= 26,
    /** The signal of a whole read or write is looked at once the file of a path is open (up to Node 24; 26 looks when the work was done). */
    looksAfterOpening: major < 26,
    /** `throwIfNoEntry: false` of stat covers ENOTDIR too (src/node_file.cc from Node 22 on). */
    noEntryCoversNotDir: major >= 22,
    /** rmSync is native (src/node_file.cc, std::filesystem, from Node 24 on): it lists a folder before it removes it, takes a path below a file for gone if forced, and has errors of its own. */
    rmInNative: major >= 24,
    /** The error of a folder that is not to be removed shows a URL as it was given, in the sync form (from Node 22 on). */
    rmShowsUrl: major >= 22,
    /** Those errors name the path twice (24). */
    rmNamesTwice: major === 24,
    /** Errors of reading a whole file name the path that was opened, but not in the sync form (lib/internal/fs of 26.10). */
    readNamesPath: major >= 26,
    /** The callback form asks the system to write even when there is nothing to write to a path (up to Node 24; to a descriptor on all lines). */
    callbackWritesNothing: major < 26,
    /** The callback of symlink is whatever comes last (up to Node 22); from 24 on what comes fourth, of any type, or third if that is undefined. */
    symlinkCallsLast: major < 24,
    /** `FileHandle.read` takes any position that is no whole number for the file's own (Node 20). */
    handleReadsAnywhere: major < 22,
    /** openAsBlob of what is not there gives the system error (src/node_blob.cc of 26.10; 'Unable to open file as blob' before). */
    blobNamesError: major >= 26,
    /** A recursive readdir with Dirents follows links to folders, by form; with names it does on all lines (lib/fs.js, lib/internal/fs/promises.js). */
    direntsFollow: { sync: major >= 22, callback: major >= 22, promise: major >= 26 },
    /** The promise form of a recursive readdir takes the folder found last first (up to Node 24). */
    promiseListsLastFirst: major < 26,
    /** A recursive readdir goes by the bytes of names, not by their text (src/node_file.cc of 26.10). */
    recursesByBytes: major >= 26,
    /** The promise form of readFile looks at the encoding before it reads a path (up to Node 24; a FileHandle on all lines). */
    promiseDecodesFirst: major < 26,
    /** copyFile takes times and owner along as far as it may (libuv from Node 22 on, tried with 1.51: utimensat, fchown, fchmod, then the data). */
    copyTakesOwner: major >= 22,
    /** A FileHandle that is collected while it is open is an error (src/node_file.cc of 26.10; a warning before). */
    leakThrows: major >= 26,
    /** `readableWebStream` without `type: 'bytes'` reads by the native handle (Node 20). */
    webStreamsOfSystem: major < 22,
    /** mkdtemp takes an empty prefix (src/node_file.cc from Node 24 on; EINVAL before, for a template of five letters). */
    emptyTemplates: major >= 24,
    /** promises.watch keeps what it hears until it is asked (lib/internal/fs/watchers.js from Node 22 on; one event before). */
    watchQueues: major >= 22
  } as const
}

/** The running Node's. */
export const line = lineOf(process.versions.node)

/** Where the ways that cp takes part (lib/internal/fs/cp, src/node_file.cc), each seen by trying. */
export function cpLineOf (version: string) {
  const major = majorOf(version)
  return {
    /** cpSync checks and copies folders in C++ (from 22 on; JavaScript before). */
    inNative: major >= 22,
    /** A folder that exists is an error with `errorOnExist` and without `force`: of the asynchronous forms, of cpSync. */
    folderExists: major >= 22,
    folderExistsSync: major >= 26,
    /** A link is only held against what it would replace if it leads to a folder. */
    looksAtLinks: major >= 24,
    /** The same for cpSync. */
    looksAtLinksSync: major >= 22,
    /** Folders get the times of their sources. */
    folderTimes: major >= 26,
    /** Folders that cpSync makes get the modes of their sources. */
    folderModes: major >= 26,
    /** A target that is a link to a folder is taken for the folder (libstdc++ of the build). */
    followsTarget: major >= 24,
    /** The asynchronous forms copy a folder in C++ where there is none yet and no filter. */
    copiesFoldersInNative: major >= 26,
    /** cpSync heeds `dereference` for links in folders. */
    looksThroughLinks: major >= 26
  } as const
}

/** The running Node's way of copying. */
export const cpLine = cpLineOf(process.versions.node)

/** Where the ways that glob takes part (lib/internal/fs/glob.js). */
export function globLineOf (version: string) {
  const major = majorOf(version)
  return {
    /** A folder is left as soon as one of its entries was visited with the same rest of a pattern (22). */
    givesUp: major < 24,
    /** Links behind `**` are entered as folders are (before 26). */
    entersLinks: major < 26,
    /** It has `followSymlinks`; `maxDepth`. */
    follows: major >= 24,
    limits: major >= 26
  } as const
}

/** The running Node's way of searching. */
export const globLine = globLineOf(process.versions.node)
