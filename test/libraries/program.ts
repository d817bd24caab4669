// What a program is that uses a library on a file system: given a place, it works there and tells what it saw.
type Fs = typeof import('node:fs')

/** Where a program works. */
export interface Place {
  /** The functions under which `root` is. */
  readonly fs: Fs
  /** `{ fs }` where the library is to be handed the functions, else empty: it then uses Node's own. */
  readonly option: { fs?: Fs }
  /** An empty folder, absolute. */
  readonly root: string
  /** A library, as require and as import give it. */
  load (name: string): any
  bring (name: string): Promise<any>
}

/** A program: what it gives must be the same wherever it ran, once the root is taken out of it. */
export interface Program {
  /** Whether the library takes functions as an option, and so runs on an object as well. */
  readonly takesFs: boolean
  run (place: Place): Promise<unknown>
}

/** Plants files of a plain object: paths to contents. */
export function plant ({ fs, root }: Place, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = `${root}/${name}`
    fs.mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true })
    fs.writeFileSync(path, content)
    fs.utimesSync(path, 1_000_000_000, 1_000_000_000)
  }
}

/** A tree as sorted lines: type and permissions, path, and content or target. */
export function tree ({ fs }: Place, root: string): string[] {
  const lines: string[] = []
  const walk = (path: string, below: string): void => {
    for (const name of fs.readdirSync(path).sort()) {
      const full = `${path}/${name}`
      const stats = fs.lstatSync(full)
      const what = stats.isSymbolicLink() ? `-> ${fs.readlinkSync(full)}` : stats.isDirectory() ? '/' : fs.readFileSync(full, 'latin1')
      lines.push(`${stats.mode.toString(8)} ${below}${name} ${what}`)
      if (stats.isDirectory()) walk(full, `${below}${name}/`)
    }
  }
  walk(root, '')
  return lines
}

/** What a promise failed with. */
export async function failure (running: Promise<unknown>): Promise<string> {
  return await running.then(() => 'no error', (error: NodeJS.ErrnoException) => `${error.code} ${error.message}`)
}
