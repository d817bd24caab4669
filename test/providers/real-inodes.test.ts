// Inode numbers of a real folder.
import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Inodes } from '../../providers/real/inodes.ts'

test('files of other devices and with long numbers are told apart, for good', () => {
  const inodes = new Inodes({ dev: 1n, ino: 2n } as never)
  const number = (dev: bigint, ino: bigint): number => inodes.number({ dev, ino } as never)
  assert.equal(number(1n, 77n), 77)
  const all = [number(1n, 77n), number(2n, 77n), number(1n, 2n ** 60n), number(1n, 2n ** 60n + 1n), number(3n, 2n ** 60n)]
  assert.equal(new Set(all).size, all.length)
  assert.deepEqual([number(2n, 77n), number(1n, 2n ** 60n + 1n)], [all[1], all[3]])
  assert.ok(all.every(Number.isSafeInteger))
})
