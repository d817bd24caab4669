// Source maps that lie in a mount beside what they are of: from Node 22 on Node reads them below `fs`, so that it is
// given them in the source instead. Follows lib/internal/source_map/source_map_cache.js (checked on 22.23, 24.21, 26.10).
import { pathToFileURL } from 'node:url'
import { pathOf } from './urls.ts'
import type { Mounts } from './mounts.ts'

/** The last of them counts. */
const COMMENT = /\/\/[#@][ \t]sourceMappingURL=(\S+)[ \t]*$/gm

/** What Node takes of a map. */
interface SourceMap { sources?: unknown, sourceRoot?: unknown }

/** The source of the module at a path, with the map that it names within its comment, if that is in a mount. */
export function withMap (mounts: Mounts, path: string, source: string): string {
  const comment = Array.from(source.matchAll(COMMENT)).at(-1)
  const name = comment?.[1]
  if (comment === undefined || name === undefined || name.startsWith('data:')) return source
  const base = pathToFileURL(path)
  const url = URL.canParse(name, base) ? new URL(name, base).href : ''
  const place = pathOf(url)
  if (!url.startsWith('file:') || place === undefined || mounts.owner(place) === undefined || mounts.stat(place) !== 'file') return source
  const map = readMap(mounts, place, url)
  if (map === undefined) return source
  const inline = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`
  const at = comment.index + comment[0].lastIndexOf(name)
  return source.slice(0, at) + inline + source.slice(at + name.length)
}

/** A map, its sources named from where it lies; undefined for what Node would make nothing of. */
function readMap (mounts: Mounts, place: string, url: string): SourceMap | undefined {
  let map: SourceMap
  try {
    map = JSON.parse(Buffer.from(mounts.read(place)).toString()) as SourceMap
  } catch {
    return undefined // no JSON, or not to be read: Node keeps quiet about either
  }
  if (typeof map !== 'object' || map === null || !Array.isArray(map.sources)) return undefined
  const root = typeof map.sourceRoot === 'string' ? map.sourceRoot : ''
  return { ...map, sourceRoot: undefined, sources: map.sources.map((source: unknown) => URL.canParse(`${root}${source}`, url) ? new URL(`${root}${source}`, url).href : source) }
}
