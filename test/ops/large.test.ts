// Files that Node does not read whole: the same refusal of the disk and of a file in memory, in all forms.
import { strict as assert } from 'node:assert'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { create } from '../../lib/index.ts'

/** What reading a sparse file of two gigabytes fails with. */
async function refusals (made: typeof fs, path: string): Promise<unknown[]> {
  made.writeFileSync(path, '')
  made.truncateSync(path, 2 ** 31)
  const told: unknown[] = []
  const tell = (error: unknown): void => { told.push([(error as Error).name, (error as { code?: string }).code, (error as Error).message, Object.getOwnPropertyNames(error)]) }
  for (const encoding of [null, 'latin1'] as (BufferEncoding | null)[]) {
    try {
      made.readFileSync(path, encoding as BufferEncoding)
    } catch (error) {
      tell(error)
    }
    await made.promises.readFile(path, encoding).catch(tell)
    await new Promise<void>((resolve) => {
      made.readFile(path, encoding, (error) => {
        tell(error)
        resolve()
      })
    })
  }
  const handle = await made.promises.open(path)
  await handle.readFile().catch(tell)
  assert.throws(() => made.readFileSync(handle.fd), (error) => (tell(error), true))
  await handle.close()
  made.rmSync(path)
  return told
}

test('a file of two gigabytes is not read whole', async () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'fsmount-large-'))
  const expected = await refusals(fs, join(folder, 'f'))
  fs.rmSync(folder, { recursive: true })
  assert.equal(expected.length, 8)
  assert.deepEqual(await refusals(create() as unknown as typeof fs, '/f'), expected)
})
