// Names and paths: how long, of which bytes, in which shape.
import assert from 'node:assert/strict'
import { pathToFileURL } from 'node:url'
import { fails, sync } from '../cases.ts'
import type { Topic } from '../cases.ts'

const bytes = (path: string): Buffer => Buffer.from(path)

export const names: Topic = {
  async 'keeps names of 255 bytes, refuses 256' ({ on, at, settle }) {
    const name = 'n'.repeat(255)
    await on.writeFile(at(name), 'x')
    await settle()
    assert.deepEqual(await on.readdir(at()), [name])
    for (const act of [() => on.writeFile(at(name + 'n'), ''), () => on.mkdir(at(name + 'n')), () => on.stat(at(name + 'n')), () => on.rename(at(name), at(name + 'n')),
      () => on.symlink('x', at(name + 'n')), () => on.link(at(name), at(name + 'n')), () => on.readdir(at(name + 'n')), () => on.rmdir(at(name + 'n'))]) await fails(act(), 'ENAMETOOLONG')
  },
  async 'counts names in bytes' ({ on, at, settle }) {
    const name = 'é'.repeat(127) + 'x'
    await on.mkdir(at(name))
    await settle()
    assert.ok((await on.stat(at(name))).isDirectory())
    await fails(on.mkdir(at('é'.repeat(128))), 'ENAMETOOLONG')
    await on.writeFile(at('😀'.repeat(63) + 'abc'), '')
    await fails(on.writeFile(at('😀'.repeat(64)), ''), 'ENAMETOOLONG')
  },
  async 'accepts paths of 4095 bytes, refuses 4096' ({ on, at }) {
    const path = `${at()}${'/'.repeat(4094 - at().length)}.`
    assert.equal(path.length, 4095)
    assert.ok((await on.stat(path)).isDirectory())
    await fails(on.stat(path + '/'), 'ENAMETOOLONG')
    await fails(on.mkdir(path + '/'), 'ENAMETOOLONG')
  },
  async 'goes deep by relative steps of long names' ({ on, at, settle }) {
    const deep = Array.from({ length: 12 }, () => 'd'.repeat(250)).join('/')
    await on.mkdir(at(deep), { recursive: true })
    await on.writeFile(at(deep, 'f'), 'deep')
    await settle()
    assert.equal(await on.readFile(at(deep, 'f'), 'utf8'), 'deep')
  },
  async 'tells upper from lower case' ({ on, at }) {
    await on.writeFile(at('a'), '1')
    await on.writeFile(at('A'), '2')
    assert.equal(await on.readFile(at('a'), 'utf8'), '1')
    assert.deepEqual(await on.readdir(at()), ['A', 'a'])
  },
  async 'does not normalise Unicode' ({ on, at, settle }) {
    await on.writeFile(at('\u00e9'), 'one')
    await on.writeFile(at('e\u0301'), 'two')
    await settle()
    assert.equal(await on.readFile(at('\u00e9'), 'utf8'), 'one')
    assert.equal((await on.readdir(at())).length, 2)
  },
  async 'takes any character but slash and NUL' ({ on, at, settle }) {
    const odd = [' ', '  ', '\n', '\t', '\\', 'a\\b', '...', '.hidden', '-', '*', '?', '[a]', '%', '_', '%2f', '"', '\'', ';', '\u007f', '\u0001', '#', '~', 'C:', 'NUL', 'a:b', '\ufeff', '\u200b', '__proto__', 'constructor', '😀']
    for (const name of odd) await on.writeFile(at(name), name)
    await settle()
    for (const name of odd) assert.equal(await on.readFile(at(name), 'utf8'), name)
    assert.deepEqual(new Set(await on.readdir(at())), new Set(odd))
  },
  async 'lists names in the order of their bytes' ({ on, at, settle }) {
    const given = ['b', 'a', '\uffee', '😀', 'Z', '1', '10', '2', '-', 'é', 'aa', '_', '~', '\ue000']
    for (const name of given) await on.writeFile(at(name), '')
    await settle()
    assert.deepEqual(await on.readdir(at()), [...given].sort((a, b) => Buffer.compare(bytes(a), bytes(b))))
  },
  async 'reads . and .. in the middle and at the end' ({ on, at }) {
    await on.mkdir(at('d/e'), { recursive: true })
    await on.writeFile(at('d/f'), 'x')
    for (const path of ['d/./f', './d/f', 'd/e/../f', 'd//f', 'd/e/.././/f', 'd/../d/f']) assert.equal(await on.readFile(at(path), 'utf8'), 'x', path)
    assert.equal((await on.stat(at('d/.'))).ino, (await on.stat(at('d'))).ino)
    assert.equal((await on.stat(at('d/e/..'))).ino, (await on.stat(at('d'))).ino)
    assert.deepEqual(await on.readdir(at('d/e/../')), ['e', 'f'])
  },
  async 'does not forget that a folder before .. must be there' ({ on, at }) {
    await on.writeFile(at('f'), '')
    await fails(on.stat(at('no/../f')), 'ENOENT', { path: at('no/../f') })
    await fails(on.stat(at('f/../f')), 'ENOTDIR', { path: at('f/../f') })
    await fails(on.readFile(at('no/../f')), 'ENOENT')
    await fails(on.writeFile(at('no/../new'), ''), 'ENOENT')
    await fails(on.mkdir(at('no/../new')), 'ENOENT')
  },
  async 'takes slashes at the end of folders' ({ on, at }) {
    await on.mkdir(at('d///'))
    await on.writeFile(at('d/f'), '')
    assert.deepEqual(await on.readdir(at('d/')), ['f'])
    assert.ok((await on.stat(at('d//'))).isDirectory())
    assert.ok((await on.lstat(at('d/'))).isDirectory())
    await on.access(at('d/'))
    await on.chmod(at('d/'), 0o755)
    await on.rename(at('d/'), at('e'))
    await on.rm(at('e/'), { recursive: true })
    await fails(on.stat(at('e')), 'ENOENT')
  },
  async 'refuses a slash at the end of a file' ({ on, at }) {
    await on.writeFile(at('f'), 'x')
    for (const act of [() => on.stat(at('f/')), () => on.lstat(at('f/')), () => on.readFile(at('f/')), () => on.open(at('f/'), 'r'), () => on.access(at('f/')), () => on.chmod(at('f/'), 0o600),
      () => on.truncate(at('f/')), () => on.unlink(at('f/')), () => on.copyFile(at('f/'), at('g')), () => on.utimes(at('f/'), 1, 1), () => on.readlink(at('f/')), () => on.link(at('f/'), at('g'))]) await fails(act(), 'ENOTDIR')
  },
  async 'refuses to make a file under a name with a slash at the end' ({ on, at }) {
    await fails(on.writeFile(at('f/'), ''), 'EISDIR')
    await fails(on.open(at('f/'), 'wx'), 'EISDIR')
    await on.writeFile(at('g'), '')
    await fails(on.link(at('g'), at('f/')), 'ENOENT')
    await fails(on.symlink('g', at('f/')), 'ENOENT')
    await fails(on.copyFile(at('g'), at('f/')), 'EISDIR')
    assert.deepEqual(await on.readdir(at()), ['g'])
  },
  async 'takes paths as buffers' ({ on, at, settle }) {
    await on.mkdir(bytes(at('d')))
    await on.writeFile(bytes(at('d/ä')), 'x')
    await on.symlink(bytes('ä'), bytes(at('d/s')))
    await settle()
    assert.equal(await on.readFile(bytes(at('d/s')), 'utf8'), 'x')
    assert.deepEqual(await on.readdir(bytes(at('d'))), ['s', 'ä'])
    await on.rename(bytes(at('d/ä')), bytes(at('d/b')))
    await on.copyFile(bytes(at('d/b')), bytes(at('d/c')))
    await on.link(bytes(at('d/b')), bytes(at('d/e')))
    await on.unlink(bytes(at('d/b')))
    await on.chmod(bytes(at('d/c')), 0o600)
    await on.truncate(bytes(at('d/c')), 0)
    await on.access(bytes(at('d/c')))
    assert.equal((await on.stat(bytes(at('d/c')))).size, 0)
    assert.equal(await on.realpath(bytes(at('d/../d/c'))), at('d/c'))
    await on.rm(bytes(at('d')), { recursive: true })
    assert.equal(await on.exists(bytes(at('d'))), false)
  },
  async 'takes any Uint8Array as a path' ({ on, at }) {
    const path = new Uint8Array(bytes(`..${at('f')}`)).subarray(2)
    await on.writeFile(path as Buffer, 'x')
    assert.equal(await on.readFile(at('f'), 'utf8'), 'x')
  },
  async 'takes paths as file URLs' ({ on, at, settle }) {
    const url = (name: string): URL => pathToFileURL(at(name))
    await on.mkdir(url('d e'))
    await on.writeFile(url('d e/ä%#?'), 'x')
    await settle()
    assert.equal(await on.readFile(url('d e/ä%#?'), 'utf8'), 'x')
    assert.deepEqual(await on.readdir(url('d e')), ['ä%#?'])
    await on.rename(url('d e/ä%#?'), url('d e/b'))
    assert.ok((await on.stat(url('d e/b'))).isFile())
    assert.equal(await on.realpath(url('d e/b')), at('d e/b'))
    await on.unlink(url('d e/b'))
    await on.rmdir(url('d e'))
  },
  async 'ignores query and fragment of a URL' ({ on, at }) {
    await on.writeFile(at('f'), 'x')
    assert.equal(await on.readFile(new URL('?a=1#b', pathToFileURL(at('f'))), 'utf8'), 'x')
  },
  async 'names the path of a URL or buffer in errors' ({ on, at }) {
    await fails(on.stat(pathToFileURL(at('no'))), 'ENOENT', { path: at('no') })
    await fails(on.stat(bytes(at('no'))), 'ENOENT', { path: at('no') })
  },
  async 'keeps names that are not UTF-8, or refuses them' ({ on, at, settle, textNames }) {
    const name = Buffer.concat([bytes(at('')), Buffer.from([0x66, 0xff, 0x80, 0x67])])
    if (textNames) {
      await on.writeFile(at('f'), '')
      for (const refused of [on.writeFile(name, 'x'), on.mkdir(name), on.symlink('f', name), on.link(at('f'), name), on.rename(at('f'), name)]) await fails(refused, 'EILSEQ')
      await settle()
      assert.deepEqual(await on.readdir(at()), ['f'])
      return
    }
    await on.writeFile(name, 'x')
    await settle()
    assert.equal(await on.readFile(name, 'utf8'), 'x')
    assert.deepEqual(await on.readdir(at(), 'buffer'), [Buffer.from([0x66, 0xff, 0x80, 0x67])])
    assert.deepEqual(await on.readdir(at()), ['f\ufffd\ufffdg'])
    assert.equal(await on.exists(at('f\ufffd\ufffdg')), false)
    await on.unlink(name)
    assert.deepEqual(await on.readdir(at()), [])
  },
  async 'writes lone surrogates as the replacement character' ({ on, at, settle }) {
    await on.writeFile(at('a\ud800b'), 'x')
    await settle()
    assert.deepEqual(await on.readdir(at()), ['a\ufffdb'])
    assert.equal(await on.readFile(at('a\ufffdb'), 'utf8'), 'x')
    assert.equal(await on.readFile(at('a\udfffb'), 'utf8'), 'x')
  },
  'refuses NUL in every shape': sync(({ fs, at }) => {
    const bad = { code: 'ERR_INVALID_ARG_VALUE', name: 'TypeError' }
    for (const path of [at('a\0b'), bytes(at('a\0b')), pathToFileURL(at('a')).href + '%00']) {
      const given = typeof path === 'string' && path.startsWith('file:') ? new URL(path) : path
      assert.throws(() => fs.readFileSync(given), bad)
      assert.throws(() => { fs.mkdirSync(given) }, bad)
      assert.throws(() => { fs.renameSync(at('x'), given) }, bad)
      assert.throws(() => fs.statSync(given, { throwIfNoEntry: false }), bad)
      assert.equal(fs.existsSync(given), false)
    }
  }),
}
