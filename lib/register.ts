// The preload: `node --import fsmount/register`, or `--require`. In a thread of hooks it takes over what that was told.
import { isHooksThread } from './kernel/threads.ts'

require(isHooksThread ? './inherited.js' : './preload.js')
