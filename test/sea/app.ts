// The app that is built into executables: everything that an app reads of its own files, in one.

/** The files of the app, beside its addon, by their paths; `mode` where it is not the usual one. */
export const APP: Readonly<Record<string, string>> = {
  'package.json': '{"name": "app", "type": "commonjs", "imports": {"#config": "./config.json"}}',
  'config.json': '{"title": "An app"}',
  'main.cjs': `
    const fs = require('node:fs'), http = require('node:http'), path = require('node:path')
    const { render } = require('./lib/render')
    const say = (...words) => console.log(...words.map(word => typeof word === 'string' ? word.replaceAll(__dirname, '<app>') : JSON.stringify(word)))
    say('paths', __filename, path.relative(__dirname, require.resolve('outer')), module.paths[0])
    say('json', require('#config'), require('./config.json') === require('#config'))
    say('template', render('page.html', { title: 'A page' }))
    say('nested', require('outer'), require('inner'))
    say('addon', require('@node-rs/crc32').crc32('assets'))
    say('tool', (fs.statSync(path.join(__dirname, 'bin/tool')).mode & 0o777).toString(8), fs.readlinkSync(path.join(__dirname, 'bin/link')), fs.readFileSync(path.join(__dirname, 'bin/link'), 'utf8'))
    say('listing', fs.readdirSync(path.join(__dirname, 'public'), { recursive: true }).sort())
    try { fs.readFileSync(path.join(__dirname, 'missing')) } catch (error) { say('missing', error.message) }
    try { require('./missing.cjs') } catch (error) { say('missing', error.code) }
    const serve = () => new Promise((resolve, reject) => {
      const server = http.createServer((request, response) => {
        fs.createReadStream(path.join(__dirname, 'public', request.url)).on('error', error => { response.statusCode = 404; response.end(error.code) }).pipe(response)
      }).listen(0, '127.0.0.1', async () => {
        try {
          for (const name of ['/index.html', '/css/site.css', '/none']) {
            const response = await fetch('http://127.0.0.1:' + server.address().port + name)
            say('static', name, response.status, await response.text())
          }
          resolve()
        } catch (error) { reject(error) } finally { server.close() }
      })
    })
    ;(async () => {
      await serve()
      const module = await import('./lib/module.mjs')
      say('esm', module.default, module.where, module.template, module.inner)
      say('again', require('./lib/module.cjs').again())
    })().catch(error => { console.error(error); process.exitCode = 1 })`,
  'lib/render.js': `
    const { readFileSync } = require('fs'), { join } = require('path')
    exports.render = (name, values) => readFileSync(join(__dirname, '../views', name), 'utf8').replace(/{(\\w+)}/g, (all, key) => values[key])`,
  'lib/module.mjs': `
    import { readFile } from 'node:fs/promises'
    import { fileURLToPath } from 'node:url'
    import config from '../config.json' with { type: 'json' }
    import { title } from './module.cjs'
    import { inner } from 'outer/esm'
    export default [config.title, title]
    export const where = fileURLToPath(import.meta.url) + ' ' + import.meta.dirname + ' ' + fileURLToPath(import.meta.resolve('inner'))
    export const template = await readFile(new URL('../views/page.html', import.meta.url), 'utf8')
    export { inner }`,
  'lib/module.cjs': 'exports.title = require("../config.json").title + "!"\nexports.again = () => __filename',
  'views/page.html': '<title>{title}</title>\n',
  'public/index.html': '<link rel="stylesheet" href="css/site.css">', 'public/css/site.css': 'body { color: teal }',
  'bin/tool': '#!/bin/sh\n',
  'node_modules/outer/package.json': '{"name": "outer", "exports": {".": "./index.js", "./esm": "./esm.mjs"}}',
  'node_modules/outer/index.js': 'module.exports = "outer with " + require("inner")',
  'node_modules/outer/esm.mjs': 'import inner from "inner"\nexport { inner }',
  'node_modules/outer/node_modules/inner/index.js': 'module.exports = "the inner one of outer"',
  'node_modules/inner/package.json': '{"main": "lib/"}',
  'node_modules/inner/lib/index.js': 'module.exports = "the inner one of the app"'
}
