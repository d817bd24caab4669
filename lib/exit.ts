// What a preload cannot do is said in one line, and the program does not start.
import { isMainThread } from 'node:worker_threads'

/** Runs a step of a preload. When it throws: in the main thread one line on stderr and exit code 1; in a worker, its error. */
export function orExit (run: () => void): void {
  try {
    run()
  } catch (error) {
    if (!isMainThread) throw error
    process.stderr.write(`fsmount: ${(error as Error).message.replaceAll('\n', ' ')}\n`)
    process.exit(1)
  }
}
