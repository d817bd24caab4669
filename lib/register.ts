// The preload (`node --import fsmount/register` or `--require`): the dispatchers and the loader are in place before any
// other code takes a function out of `fs` or registers hooks, and stay for the life of the process.
import './index.ts'
import { keepDispatchers } from './mount/mounting.ts'

keepDispatchers()
