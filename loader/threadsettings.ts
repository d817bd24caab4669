// The settings of the thread that this runs in: the one place where the resolver's arguments come from the process.
import { nodeModule } from '../lib/kernel/native.ts'
import { parsesAsModule } from './probe.ts'
import { settingsOf } from './settings.ts'
import type { Settings } from './settings.ts'

/** The parts of `node:module` that are no part of its types. */
interface ModuleInternals {
  readonly globalPaths: readonly string[]
  stripTypeScriptTypes?: (source: string) => string
}

/** Functions of Node's by which `require` loads what it does not look for, where they stand among the extensions (cjs/loader.js, getDefaultExtensions; seen 20.19.4 22.12 24.0 24.2, not 20.19.6 22.14 24.3). */
const NOT_LOOKED_FOR = new Set(['loadESMFromCJS', 'loadTS', 'loadCTS', 'loadMTS'])

/** Settings of the running thread; extensions and global folders are read when they are asked for. */
export function runningSettings (): Settings {
  const internals = nodeModule as unknown as ModuleInternals
  const { extensions } = nodeModule.createRequire(process.execPath)
  return settingsOf({
    version: process.version,
    execArgv: process.execArgv,
    execPath: process.execPath,
    platform: process.platform,
    env: process.env,
    cwd: () => process.cwd()
  }, {
    isBuiltin: nodeModule.isBuiltin,
    parsesAsModule,
    stripTypeScript,
    unaborted: ABORTS ? unaborted : undefined,
    get extensions () { return Object.keys(extensions).filter(name => !NOT_LOOKED_FOR.has(extensions[name]?.name ?? '')) },
    get globalPaths () { return internals.globalPaths },
    get warn () { return process.noDeprecation ? undefined : warn }
  })
}

function warn (message: string, type: string | undefined, code: string): void {
  process.emitWarning(message, { ...type !== undefined && { type }, code })
}

/** Removes types with the running Node, without the warning that the function prints once: Node strips again when it compiles. */
export function stripTypeScript (source: string): string {
  const { stripTypeScriptTypes } = nodeModule as unknown as ModuleInternals
  if (stripTypeScriptTypes === undefined) return source
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(source)
  } finally {
    process.emitWarning = emitWarning
  }
}

const ABORTS = /--abort[-_]on[-_]uncaught[-_]exception/.test(`${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS}`)

/** V8 takes what the functions of node:vm throw for uncaught, and aborts, unless a callback captures such things. */
function unaborted (run: () => unknown): unknown {
  if (process.hasUncaughtExceptionCaptureCallback()) return run()
  try {
    process.setUncaughtExceptionCaptureCallback(() => {})
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_DOMAIN_CANNOT_SET_UNCAUGHT_EXCEPTION_CAPTURE') throw error
    return run() // domains have one of their own
  }
  try {
    return run()
  } finally {
    process.setUncaughtExceptionCaptureCallback(null)
  }
}
