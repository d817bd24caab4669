// Static file servers: streams with ranges, stats in headers.
import { createServer, type Server } from 'node:http'
import { failure, plant, type Place, type Program } from './program.ts'
import type { AddressInfo } from 'node:net'

const FILES = { 'public/index.html': '<h1>hello</h1>', 'public/app.js': 'x'.repeat(100_000), 'public/sub/index.html': 'sub', 'public/.secret': 's', 'public/ü.txt': 'umlaut' }
const REQUESTS: readonly [path: string, headers?: Record<string, string>][] = [
  ['/'], ['/app.js'], ['/app.js', { range: 'bytes=10-19' }], ['/app.js', { range: 'bytes=-5' }], ['/app.js', { range: 'bytes=999999-' }],
  ['/sub'], ['/sub/'], ['/missing'], ['/.secret'], ['/%C3%BC.txt'], ['/../etc/passwd'], ['/%2e%2e/%2e%2e/etc/passwd'], ['/app.js/'], ['/index.html', { 'if-modified-since': 'Sun, 09 Sep 2001 01:46:40 GMT' }]
]

/** What a server answers to all requests. */
async function answers (server: Server): Promise<unknown[]> {
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  const seen: unknown[] = []
  for (const [path, headers] of REQUESTS) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers, redirect: 'manual' })
    const body = await response.text()
    const header = (name: string): string | null => response.headers.get(name)
    seen.push([path, response.status, body.length > 50 ? body.length : body, header('content-type'), header('content-length'), header('last-modified'), header('etag'), header('content-range'), header('location')])
  }
  server.closeAllConnections()
  await new Promise((resolve) => { server.close(resolve) })
  return seen
}

/** Express writes stacks into its error pages, which name where it is installed. */
const quiet = (place: Place): void => { plant(place, FILES) }

export const servers: Readonly<Record<string, Program>> = {
  express: {
    takesFs: false,
    async run (place) {
      quiet(place)
      const express = place.load('express')
      const app = express()
      app.set('env', 'production')
      app.get('/download', (request: unknown, response: { download (path: string): void }) => { response.download(`${place.root}/public/app.js`) })
      app.use(express.static(`${place.root}/public`))
      app.use((error: { status: number }, request: unknown, response: { status (code: number): { end (text: string): void } }, next: unknown) => { response.status(error.status).end('error') })
      return await answers(createServer(app))
    }
  },
  'koa-static': {
    takesFs: false,
    async run (place) {
      quiet(place)
      const Koa = (await place.bring('koa')).default
      const app = new Koa()
      app.silent = true
      app.use(place.load('koa-static')(`${place.root}/public`))
      return [await answers(createServer(app.callback())), await failure(Promise.resolve())]
    }
  }
}
