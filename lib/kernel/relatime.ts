// When a read moves an access time: as Linux has it by default (fs/inode.c, `relatime_need_update`), once after each
// change, and once a day.

/** Milliseconds after which any read moves it. */
export const DAY = 86_400_000

/** Whether nobody has read since content or attributes changed; times in milliseconds and further nanoseconds. */
export const isUnread = (atime: number, mtime: number, ctime: number, atimeNs = 0, mtimeNs = 0, ctimeNs = 0): boolean =>
  atime < mtime || atime < ctime || (atime === mtime && atimeNs <= mtimeNs) || (atime === ctime && atimeNs <= ctimeNs)
