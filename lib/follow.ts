// In a thread of hooks: what the thread that it works for has mounted is mounted here, and follows the changes there. What it
// is told by comes from lib/mount/hooksthread.ts.
import './index.ts'
import { BroadcastChannel, getEnvironmentData, receiveMessageOnPort, setEnvironmentData, type MessagePort } from 'node:worker_threads'
import { registry } from './kernel/registry.ts'
import { HOOKS_KEY } from './kernel/threads.ts'
import { CwdBoard } from './mount/cwdboard.ts'
import type { HandedToHooks, Told } from './mount/handing.ts'
import { keepDispatchers, refresh } from './mount/mounting.ts'
import { mountedSpace } from './mount/mountedspace.ts'
import { mountAll } from './restore.ts'
import type { Provider } from './kernel/provider.ts'
import type { VirtualFileSystem } from './vfs.ts'

/** What is mounted here because the other thread has it, by overlay and prefix as that thread told them. */
const followed = new Map<string, { readonly vfs: VirtualFileSystem, readonly provider: string }>()

/** Takes over what stood ready when this thread began. */
export function followHanded (): void {
  const found = getEnvironmentData(HOOKS_KEY) as unknown as { handed: HandedToHooks | undefined } | undefined
  if (found === undefined) return
  setEnvironmentData(HOOKS_KEY, undefined as never)
  if (found.handed !== undefined) follow(found.handed)
}

/** Takes over what is mounted there, and from then on what is told on its channel. */
export function follow ({ mounts, preloaded, board, channel: name }: HandedToHooks): void {
  const space = mountedSpace()
  if (space.news !== undefined) return
  space.follows = true
  if (board !== undefined) space.board = new CwdBoard(board)
  registry().preloaded = preloaded
  const channel = new BroadcastChannel(name)
  channel.unref()
  channel.onmessage = ({ data }: { data: unknown }) => { take(data as readonly Told[]) }
  // What the loop of events has not come to yet.
  space.news = () => {
    for (let news; (news = receiveMessageOnPort(channel as unknown as MessagePort)) !== undefined;) take(news.message as readonly Told[])
  }
  keepDispatchers()
  take(mounts)
  channel.postMessage('there')
}

function take (mounts: readonly Told[]): void {
  const told = new Map<string, Told>()
  for (const one of mounts) {
    let key = `${one.overlay} ${one.prefix}`
    while (told.has(key)) key += ' again'
    told.set(key, one)
  }
  for (const [key, { vfs, provider }] of followed) {
    const one = told.get(key)
    if (one === undefined || (one.same !== true && one.provider !== provider)) {
      followed.delete(key)
      vfs.unmount()
    } else if (one.same !== true) (vfs.provider as Provider).renew?.(one.source)
  }
  const fresh = [...told].filter(([key]) => !followed.has(key))
  mountAll(fresh.map(([, one]) => one)).forEach((vfs, at) => {
    const [key, { provider }] = fresh[at]!
    followed.set(key, { vfs, provider })
  })
  refresh()
}
