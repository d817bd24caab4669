// What `npm run test:packages` installs: packages of every kind that people use, by the part of the ecosystem they stand
// for, and the command lines that are run. Ranges are of one major version, so that a run next year asks the same.

/** Packages and their ranges. */
export const PACKAGES: Readonly<Record<string, string>> = {
  // web
  express: '^5', fastify: '^5', koa: '^3', hono: '^4', '@hapi/hapi': '^21', 'socket.io': '^4', ws: '^8', undici: '^7', axios: '^1', got: '^14', 'node-fetch': '^3', graphql: '^16',
  // everyday
  lodash: '^4', 'lodash-es': '^4', async: '^3', bluebird: '^3', underscore: '^1', rxjs: '^7', 'date-fns': '^4', luxon: '^3', moment: '^2', uuid: '^11', nanoid: '^5', semver: '^7', immer: '^10', tslib: '^2', 'core-js': '^3', 'p-map': '^7', 'p-limit': '^7', 'find-up': '^7', 'strip-ansi': '^7', debug: '^4', winston: '^3', pino: '^9',
  // command lines and files
  chalk: '^5', ora: '^8', commander: '^13', yargs: '^17', meow: '^13', execa: '^9', glob: '^11', globby: '^14', 'fast-glob': '^3', rimraf: '^6', chokidar: '^4',
  // formats and checks
  ajv: '^8', joi: '^17', yup: '^1', zod: '^3', 'js-yaml': '^4', yaml: '^2', ini: '^5', dotenv: '^16', 'iconv-lite': '^0.6', acorn: '^8',
  // templates and documents
  ejs: '^3', handlebars: '^4', pug: '^3', mustache: '^4', nunjucks: '^3', marked: '^15', 'markdown-it': '^14', unified: '^11', remark: '^15', cheerio: '^1', jsdom: '^26',
  // user interfaces
  react: '^19', 'react-dom': '^19', preact: '^10', vue: '^3', svelte: '^5', redux: '^5', mobx: '^6', d3: '^7',
  // tools
  eslint: '^9', prettier: '^3', typescript: '^5', rollup: '^4', esbuild: '^0.25', webpack: '^5', terser: '^5', 'uglify-js': '^3', postcss: '^8', autoprefixer: '^10', less: '^4', sass: '^1', mocha: '^11', chai: '^5', sinon: '^20', tsx: '^4', '@babel/core': '^7', '@babel/preset-env': '^7',
  // native addons
  'better-sqlite3': '^12 || ^13', bcrypt: '^6', bufferutil: '^4', lightningcss: '^1', '@swc/core': '^1', sharp: '^0.34',
  // databases
  pg: '^8', mysql2: '^3', mongodb: '^6', ioredis: '^5', knex: '^3',
  // data beside the code
  'mime-db': '^1', 'mime-types': '^3', 'caniuse-lite': '^1', 'moment-timezone': '^0.6', 'spdx-license-list': '^6', 'i18n-iso-countries': '^7'
}

/** Programs of the packages: their file, arguments (paths from the root of the tree), and what they are an example of. */
export const COMMANDS: readonly { readonly file: string, readonly args: readonly string[], readonly kind: string }[] = [
  { file: 'node_modules/eslint/bin/eslint.js', args: ['--config', 'ROOT/eslint.config.mjs', 'ROOT/src/lint.js'], kind: 'a linter, which imports its configuration' },
  { file: 'node_modules/prettier/bin/prettier.cjs', args: ['ROOT/src/ugly.ts', '--config', 'ROOT/prettier.json'], kind: 'a formatter, which loads its parsers when it needs them' },
  { file: 'node_modules/typescript/bin/tsc', args: ['--noEmit', '--strict', '--lib', 'es2022', '--types', '', 'ROOT/src/ugly.ts', 'ROOT/src/wrong.ts'], kind: 'a compiler written in TypeScript, with data files beside it' },
  { file: 'node_modules/rollup/dist/bin/rollup', args: ['ROOT/src/entry.mjs', '--format', 'cjs', '--silent'], kind: 'a bundler with a native addon' },
  { file: 'node_modules/mocha/bin/mocha.js', args: ['--no-config', '--no-package', '--reporter', 'json', 'ROOT/src/suite.cjs', 'ROOT/src/suite.mjs'], kind: 'a test runner' },
  { file: 'node_modules/terser/bin/terser', args: ['ROOT/src/lint.js', '--compress', '--mangle'], kind: 'a minifier' },
  { file: 'node_modules/sass/sass.js', args: ['ROOT/src/style.scss'], kind: 'a compiler of style sheets' },
  { file: 'node_modules/handlebars/bin/handlebars', args: ['ROOT/src/page.handlebars'], kind: 'a template engine' },
  { file: 'src/transform.mjs', args: [], kind: 'a compiler that is a program of the system, and lies in the tree' }
]

/** What the programs work on. */
export const SOURCES: Readonly<Record<string, string>> = {
  'eslint.config.mjs': 'export default [{ rules: { "no-unused-vars": "error", "prefer-const": "error", semi: ["error", "never"] } }]\n',
  'prettier.json': '{ "semi": false, "singleQuote": true }\n',
  'src/lint.js': 'let unused = 1;\nfunction twice (number) { let result = number * 2; return result }\nmodule.exports = twice\n',
  'src/ugly.ts': 'export   interface A { a:number }\nexport const f=( x:A )=>{return x . a+"s"}\n',
  'src/wrong.ts': 'import { f } from "./ugly"\nexport const wrong: number = f({ a: "text" })\n',
  'src/entry.mjs': 'import { part } from "./part.mjs"\nexport const whole = () => [part, part]\n',
  'src/part.mjs': 'export const part = 1\nexport const unused = 2\n',
  'src/suite.cjs': 'const { expect } = require("chai")\ndescribe("cjs", () => { it("passes", () => expect(1).to.equal(1)); it("fails", () => expect(1).to.equal(2)) })\n',
  'src/suite.mjs': 'import { expect } from "chai"\ndescribe("esm", () => { it("passes", () => expect(import.meta.filename).to.match(/suite.mjs$/)) })\n',
  'src/style.scss': '@use "vars";\n.a { .b { color: vars.$color } }\n',
  'src/_vars.scss': '$color: rgb(1, 2, 3);\n',
  'src/transform.mjs': 'import { stop, transform } from "esbuild"\nconsole.log((await transform("let a: number = 1", { loader: "ts" })).code)\nawait stop()\n',
  'src/page.handlebars': '<p>{{#each items}}{{name}}{{/each}}</p>\n',
  'ask.mjs': 'export const bring = (specifier) => import(specifier)\nexport const where = (specifier) => import.meta.resolve(specifier)\n'
}
