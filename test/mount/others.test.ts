// What README says of functions outside of `fs` that take a path: which see a mount, and which look on the disk.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import fs from 'node:fs'
import http2 from 'node:http2'
import nodeModule from 'node:module'
import net from 'node:net'
import { PassThrough, pipeline } from 'node:stream'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { promisify } from 'node:util'
import repl from 'node:repl'
import tls from 'node:tls'
import v8 from 'node:v8'
import zlib from 'node:zlib'
import { create } from '../../lib/index.ts'

/** A mount where the disk has nothing, and nothing is left behind. */
async function mounted (use: (root: string) => unknown): Promise<void> {
  const root = '/fsmount-others'
  {
    using vfs = create({ moduleHooks: false }).mount(root)
    vfs.writeFileSync(`${root}/text`, 'one\ntwo\n')
    await use(root)
  }
  assert.equal(fs.existsSync(root), false, 'something was made on the disk')
}

test('streams, contents and what is made of fs see mounts', () => mounted(async (root) => {
  const lines: string[] = []
  for await (const line of createInterface({ input: fs.createReadStream(`${root}/text`) })) lines.push(line)
  assert.deepEqual(lines, ['one', 'two'])
  await promisify(pipeline)(fs.createReadStream(`${root}/text`), zlib.createGzip(), fs.createWriteStream(`${root}/packed`))
  assert.equal(zlib.gunzipSync(fs.readFileSync(`${root}/packed`)).toString(), 'one\ntwo\n')
  tls.createSecureContext({ ca: fs.readFileSync(`${root}/text`) })
  fs.writeFileSync(`${root}/env`, 'FSMOUNT_TEST_OTHERS=set')
  process.loadEnvFile(`${root}/env`)
  assert.equal(process.env.FSMOUNT_TEST_OTHERS, 'set')
  delete process.env.FSMOUNT_TEST_OTHERS
}))

test('the history of a REPL sees mounts', () => mounted(async (root) => {
  const input = new PassThrough()
  const server = repl.start({ input, output: new PassThrough(), terminal: true })
  await promisify(server.setupHistory.bind(server) as (path: string, done: (error: Error | null) => void) => void)(`${root}/history`)
  input.write('1 + 1\n')
  for (let i = 0; i < 200 && !/1 \+ 1/.test(fs.readFileSync(`${root}/history`, 'utf8')); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.match(fs.readFileSync(`${root}/history`, 'utf8'), /1 \+ 1/)
  server.close()
  await new Promise((resolve) => setTimeout(resolve, 100))
}))

interface CompileCache {
  enableCompileCache?: (given?: string | { directory: string }) => { status: number, message?: string }
  getCompileCacheDir?: () => string | undefined
}
const compileCache = nodeModule as unknown as CompileCache

test('a compile cache in a mount is refused', { skip: compileCache.enableCompileCache === undefined && 'this Node has no such function' }, () => mounted((root) => {
  const enable = compileCache.enableCompileCache!
  const refused = enable(`${root}/cache`)
  assert.equal(refused.status, 0)
  assert.match(refused.message!, /^Cannot create cache directory/)
  process.env.NODE_COMPILE_CACHE = `${root}/cache`
  try {
    assert.equal(enable().status, 0)
  } finally {
    delete process.env.NODE_COMPILE_CACHE
  }
  assert.equal(compileCache.getCompileCacheDir!(), undefined)
  assert.throws(() => enable(5 as never), { code: 'ERR_INVALID_ARG_TYPE' })
}))

test('what opens files below fs looks on the disk', () => mounted(async (root) => {
  fs.mkdirSync(`${root}/folder`)
  assert.throws(() => v8.writeHeapSnapshot(`${root}/folder/h`), { code: 'ENOENT' })
  const sqlite = process.getBuiltinModule('node:sqlite') as typeof import('node:sqlite') | undefined
  if (sqlite) assert.throws(() => new sqlite.DatabaseSync(`${root}/folder/db`), { code: 'ERR_SQLITE_ERROR' })
  const { WASI } = process.getBuiltinModule('node:wasi') as typeof import('node:wasi')
  assert.throws(() => new WASI({ version: 'preview1', preopens: { '/': `${root}/folder` } }), /ENOENT/)
  const server = net.createServer().listen(`${root}/folder/socket`)
  assert.equal((await once(server, 'error') as [NodeJS.ErrnoException])[0].syscall, 'listen')
  assert.equal((await once(net.connect(`${root}/folder/socket`), 'error') as [NodeJS.ErrnoException])[0].code, 'ENOENT')
  assert.throws(() => process.chdir(root), { code: 'ENOENT' })
}))

test('http2 answers with no file of a mount', () => mounted(async (root) => {
  const server = http2.createServer()
  server.on('stream', (stream: http2.ServerHttp2Stream, { ':path': path }: http2.IncomingHttpHeaders) => {
    stream.on('error', () => {})
    if (path === '/file') stream.respondWithFile(`${root}/text`)
    else stream.respondWithFD(fs.openSync(`${root}/text`, 'r'))
  })
  await promisify(server.listen.bind(server) as (port: number, done: () => void) => void)(0)
  const client = http2.connect(`http://localhost:${(server.address() as net.AddressInfo).port}`)
  for (const path of ['/file', '/descriptor']) {
    const request = client.request({ ':path': path })
    await assert.rejects(once(request.resume(), 'end'), { code: 'ERR_HTTP2_STREAM_ERROR' })
  }
  client.close()
  server.close()
}))
