// What an ELF file asks the system to load along with it, and where beside itself it has that looked for: shared libraries
// of a mount have to be copied to where the loader of the system will look. Follows elf(5) and ld.so(8).

/** The libraries that a file needs, by name, and folders to look for them in, as the file spells them (`$ORIGIN/../lib`). */
export interface Needs { readonly names: readonly string[], readonly folders: readonly string[] }

const NOTHING: Needs = { names: [], folders: [] }
/** Types of segments, and tags of the dynamic section. */
const PT = { LOAD: 1, DYNAMIC: 2 }
const DT = { NEEDED: 1, STRTAB: 5, RPATH: 15, RUNPATH: 29 }

interface Segment { readonly type: number, readonly offset: number, readonly address: number, readonly size: number }

/** Reads the dynamic section; nothing for what is no ELF file, or a damaged one, about which the system says the word. */
export function needsOf (bytes: Uint8Array): Needs {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    return data.length > 64 && data.readUInt32BE(0) === 0x7f454c46 ? readDynamic(data) : NOTHING
  } catch (error) {
    if (error instanceof RangeError) return NOTHING
    throw error
  }
}

function readDynamic (data: Buffer): Needs {
  const wide = data[4] === 2
  const little = data[5] === 1
  const half = (at: number): number => little ? data.readUInt16LE(at) : data.readUInt16BE(at)
  const word = (at: number): number => little ? data.readUInt32LE(at) : data.readUInt32BE(at)
  const long = (at: number): number => !wide ? word(at) : Number(little ? data.readBigUInt64LE(at) : data.readBigUInt64BE(at))
  const step = wide ? 8 : 4
  const headers = long(wide ? 32 : 28)
  const size = half(wide ? 54 : 42)
  const segments = Array.from({ length: half(wide ? 56 : 44) }, (_, i): Segment => {
    const at = headers + i * size
    return { type: word(at), offset: long(at + (wide ? 8 : 4)), address: long(at + (wide ? 16 : 8)), size: long(at + (wide ? 32 : 16)) }
  })
  const dynamic = segments.find(({ type }) => type === PT.DYNAMIC)
  if (dynamic === undefined) return NOTHING
  const entries: [tag: number, value: number][] = []
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 2 * step) entries.push([long(at), long(at + step)])
  const table = entries.find(([tag]) => tag === DT.STRTAB)?.[1] ?? 0
  const home = segments.find(({ type, address, size }) => type === PT.LOAD && table >= address && table < address + size)
  if (home === undefined) return NOTHING
  const text = (value: number): string => {
    const at = table - home.address + home.offset + value
    return data.toString('utf8', at, data.indexOf(0, at))
  }
  const all = (...tags: number[]): string[] => entries.filter(([tag]) => tags.includes(tag)).map(([, value]) => text(value))
  return { names: all(DT.NEEDED), folders: all(DT.RPATH, DT.RUNPATH).flatMap(folders => folders.split(':')) }
}
