// Attacks by the text of a path: dots, encodings, bytes, length.
import fs from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { Attack } from './ground.ts'

export const paths: readonly Attack[] = [
  ['dots that come back', ({ f, at }) => f.readFileSync(at('/d/../d/./sub/../f'), 'utf8'), 'mine'],
  ['dots through a file', ({ f, at }) => f.readFileSync(at('/mine/../d/f'), 'utf8'), 'ENOTDIR'],
  ['dots through a missing folder', ({ f, at }) => f.readFileSync(at('/none/../mine')), 'ENOENT'],
  ['slashes encoded in a URL', ({ f, at }) => f.readFileSync(new URL(`${pathToFileURL(at('/d')).href}/..%2f..%2foutside`)), 'ERR_INVALID_FILE_URL_PATH'],
  ['a URL of another host', ({ f }) => f.readFileSync(new URL('file://elsewhere/etc/passwd')), 'ERR_INVALID_FILE_URL_HOST'],
  ['percent signs in a plain path', ({ f, at }) => f.readFileSync(at('/%2e%2e/outside/secret')), 'ENOENT'],
  ['twice encoded dots', ({ f, at }) => f.readFileSync(at('/%252e%252e%252foutside/secret')), 'ENOENT'],
  ['overlong UTF-8 for dots', ({ f, at }) => f.readFileSync(Buffer.concat([Buffer.from(at('/d/')), Buffer.from([0xc0, 0xae, 0xc0, 0xae]), Buffer.from('/mine')])), 'ENOENT'],
  ['overlong UTF-8 for a slash', ({ f, at }) => f.readFileSync(Buffer.concat([Buffer.from(at('/d/..')), Buffer.from([0xc0, 0xaf]), Buffer.from('mine')])), 'ENOENT'],
  ['dots of other alphabets', ({ f, at }) => f.readFileSync(at('/d/\uff0e\uff0e/mine')), 'ENOENT'],
  ['lone surrogates for dots', ({ f, at }) => f.readFileSync(at('/d/\udc2e\udc2e/mine')), 'ENOENT'],
  ['back slashes', ({ f, at }) => f.readFileSync(at('/d\\..\\..\\outside\\secret')), 'ENOENT'],
  ['three dots', ({ f, at }) => f.readFileSync(at('/.../outside/secret')), 'ENOENT'],
  ['dots and blanks', ({ f, at }) => f.readFileSync(at('/.. /outside/secret')), 'ENOENT'],
  ['a home folder', ({ f, at }) => f.readFileSync(at('/~/../../outside/secret')), 'ENOENT'],
  ['a null byte', ({ f, at }) => f.readFileSync(at('/mine\0/../../outside/secret')), 'ERR_INVALID_ARG_VALUE'],
  ['a null byte at the end', ({ f, at }) => f.existsSync(at('/mine\0')), false],
  ['a null byte in a link', ({ f, at }) => { f.symlinkSync('/d\0/../../outside', at('/new')) }, 'ERR_INVALID_ARG_VALUE'],
  ['other case', ({ f, at }) => f.readFileSync(at('/MINE')), 'ENOENT'],
  ['other case of a link', ({ f, at }) => f.readFileSync(at('/D/../REL/secret')), 'ENOENT'],
  ['a very long way up', ({ f, at }) => f.readFileSync(at(`/d${'/../d'.repeat(300)}/../outside/secret`)), 'ENOENT'],
  ['a path too long', ({ f, at }) => f.readFileSync(at(`/${'d/../'.repeat(2000)}mine`)), 'ENAMETOOLONG'],
  ['a name too long', ({ f, at }) => f.readFileSync(at(`/${'x'.repeat(256)}`)), 'ENAMETOOLONG'],
  ['the host path of the root', ({ f, at, box }) => f.readFileSync(at(`${box.root}/mine`)), 'ENOENT'],
  ['the host path of what is outside', ({ f, at, box }) => f.readFileSync(at(`${box.outside}/secret`)), 'ENOENT'],
  ['/proc/self/root', ({ f, at, box }) => f.readFileSync(at(`/proc/self/root${box.outside}/secret`)), 'ENOENT'],
  ['/proc/self/fd', ({ f, at }) => f.readdirSync(at('/proc/self/fd')), 'ENOENT'],
  ['/proc/self/cwd', ({ f, at }) => f.readdirSync(at('/proc/self/cwd')), 'ENOENT'],
  ['/dev/stdin', ({ f, at }) => f.readFileSync(at('/dev/stdin')), 'ENOENT'],
  ['/etc/passwd', ({ f, at }) => f.readFileSync(at('/etc/passwd')), 'ENOENT'],
  ['an empty path', ({ f }) => f.readFileSync(''), 'ENOENT']
]

/** Through a mount these paths name the disk beside it, which is nobody's prison. */
export const pathsOfObject: readonly Attack[] = [
  ['dots above the root', ({ f, at }) => f.readFileSync(at('/d/../../outside/secret')), 'ENOENT'],
  ['dots above the root, many', ({ f, at }) => f.readFileSync(at('/../../../../../../../../etc/passwd')), 'ENOENT'],
  ['dots above the root, back to a file', ({ f, at }) => f.readFileSync(at('/../../../mine'), 'utf8'), 'mine'],
  ['a relative path', ({ f }) => f.readFileSync('../../outside/secret'), 'ENOENT'],
  ['doubled slashes', ({ f, at }) => f.readFileSync(at('//d//..//..//outside//secret')), 'ENOENT'],
  ['dots in a Buffer', ({ f, at }) => f.readFileSync(Buffer.from(at('/d/../../outside/secret'))), 'ENOENT'],
  ['dots in a URL', ({ f }) => f.readFileSync(new URL('file:///d/%2e%2e/%2e%2e/outside/secret')), 'ENOENT'],
  ['writing above the root', ({ f, at, box }) => {
    f.writeFileSync(at('/d/../../escaped'), 'x')
    return [fs.existsSync(`${box.base}/escaped`), fs.existsSync(box.host('escaped'))]
  }, [false, true]],
  ['making folders above the root', ({ f, at, box }) => {
    f.mkdirSync(at('/../escaped/x'), { recursive: true })
    return [fs.existsSync(`${box.base}/escaped`), fs.existsSync(box.host('escaped/x'))]
  }, [false, true]],
  ['removing what is above the root', ({ f, at }) => { f.rmSync(at('/../outside'), { recursive: true }) }, 'ENOENT'],
  ['renaming the root', ({ f, at }) => { f.renameSync(at('/'), at('/../away')) }, 'EBUSY'],
  ['removing the root', ({ f, at }) => { f.rmdirSync(at('/')) }, 'EBUSY'],
  ['removing what is above the root', ({ f, at }) => { f.rmdirSync(at('/..')) }, 'ENOTEMPTY'],
  ['a descriptor of the host', ({ f, box }) => {
    const fd = fs.openSync(`${box.outside}/secret`, 'r')
    try {
      return f.readFileSync(fd, 'utf8')
    } finally {
      fs.closeSync(fd)
    }
  }, 'EBADF']
]
