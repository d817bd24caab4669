// What a worker or child loads that was started from a mount or is to see one: it mounts what it was handed, and no more.
import { isHooksThread } from '../loader/preloads.ts'

if (!isHooksThread()) {
  require('./index.js')
  const { orExit } = require('./exit.js') as typeof import('./exit.ts')
  const { receive } = require('./receive.js') as typeof import('./receive.ts')
  orExit(receive)
}
