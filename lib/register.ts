// The preload: `node --import fsmount/register`, or `--require`. Read in only where there is a program.
import { isHooksThread } from '../loader/preloads.ts'

if (!isHooksThread()) require('./preload.js')
