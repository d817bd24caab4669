// Names in archives: from the bytes that stand there to the parts of a path that is safe to make.
import { isUtf8 } from 'node:buffer'
import { MAX_NAME, MAX_PATH } from '../../lib/kernel/names.ts'
import { damaged } from './archive.ts'

/** The upper half of code page 437, in which names stand that do not say that they are UTF-8 (APPNOTE 4.4.4, appendix D). */
const CP437 = 'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0'

/** Systems whose archivers write names as the file system has them, UTF-8 nowadays, without saying so. */
const UNIX = new Set([3, 19])

const ASCII = /^[\0-\x7f]*$/

/** What a path may not have in it to be taken as it stands, on any system. */
const DOUBTFUL = /^\/|\/\/|(?:^|\/)\.{1,2}(?:\/|$)|[\\:\0]|[^\0-\x7f]/

/** The text of a name. `says`: it claims to be UTF-8; `host`: the system that made it. Throws for what claims wrongly. */
export function nameText (bytes: Buffer, says: boolean, host: number, archive: string): string {
  const ascii = bytes.toString('latin1')
  if (ASCII.test(ascii)) return ascii
  if (isUtf8(bytes)) {
    if (says || UNIX.has(host)) return bytes.toString()
  } else if (says) throw damaged(archive, `the name ${JSON.stringify(bytes.toString())} is not UTF-8, as it says`)
  let text = ''
  for (const byte of bytes) text += byte < 0x80 ? String.fromCharCode(byte) : CP437[byte - 0x80]!
  return text
}

/** The names on the way to an entry, and whether it is written as a folder. Throws for what leads out, or cannot be a name. */
export function partsOf (text: string, host: number, archive: string): { names: string[], slash: boolean } {
  // The ordinary case, without more ado.
  if (text !== '' && text.length <= MAX_NAME && !DOUBTFUL.test(text)) {
    const slash = text.endsWith('/')
    return { names: (slash ? text.slice(0, -1) : text).split('/'), slash }
  }
  const refuse = (why: string): Error => damaged(archive, `the name ${JSON.stringify(text.slice(0, 100))} ${why}`)
  if (text === '') throw refuse('is empty')
  if (text.startsWith('/')) throw refuse('is absolute')
  if (text.includes('\0')) throw refuse('has a NUL in it')
  // An ordinary character where it was made, if that was Unix; else it separates names, or pretends to.
  if (text.includes('\\') && !UNIX.has(host)) throw refuse('has a backslash in it')
  if (/^[a-z]:(?:\/|$)/i.test(text) && !UNIX.has(host)) throw refuse('begins with a drive')
  if (Buffer.byteLength(text) > MAX_PATH) throw refuse('is too long for a path')
  const names = text.split('/').filter((name) => name !== '' && name !== '.')
  for (const name of names) {
    if (name === '..') throw refuse('leads out of the archive')
    if (name.length * 3 > MAX_NAME && Buffer.byteLength(name) > MAX_NAME) throw refuse('is too long for a name')
  }
  return { names, slash: /(?:^|\/)\.?$/.test(text) }
}
