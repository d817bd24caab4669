// What a worker or child loads that was started from a mount or is to see one: it mounts what it was handed, and no more.
import './index.ts'
import { orExit } from './exit.ts'
import { receive } from './receive.ts'

orExit(receive)
