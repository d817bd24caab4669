// The content of a file from one provider to another: what is copied up, and what a commit writes down.
import type { Provider } from '../../lib/kernel/provider.ts'
import type { Layers } from './layers.ts'

/** Bytes that are copied at once. */
const CHUNK = 0x40000

/** Copies the first `size` bytes of a file, or what there is of them. Both nodes may be pinned ones. */
export function copyContent (from: Provider, source: unknown, to: Provider, target: unknown, size: number): void {
  if (size === 0) return
  const buffer = Buffer.allocUnsafeSlow(Math.min(size, CHUNK))
  for (let done = 0; done < size;) {
    const count = from.read(source, buffer.subarray(0, Math.min(buffer.length, size - done)), done)
    if (count === 0) break
    to.write(target, buffer.subarray(0, count), done)
    done += count
  }
}

/** Whether the first `size` bytes of two files are the same. */
export function sameContent (a: Provider, one: unknown, b: Provider, other: unknown, size: number): boolean {
  const [left, right] = [Buffer.alloc(Math.min(size, CHUNK)), Buffer.alloc(Math.min(size, CHUNK))]
  for (let done = 0; done < size; done += CHUNK) {
    const length = Math.min(size - done, CHUNK)
    const [mine, theirs] = [left.subarray(0, length), right.subarray(0, length)]
    if (a.read(one, mine, done) !== length || b.read(other, theirs, done) !== length || !mine.equals(theirs)) return false
  }
  return true
}

/** What the lower layer has at a path, hidden or not. */
export function lowerAt (layers: Layers, path: string): unknown {
  let node: unknown = layers.lower!.root
  for (const name of path.split('/').slice(1)) {
    const found = layers.raw(node, name)
    if (found === undefined) return undefined
    node = found.node
  }
  return node
}
