// All programs, by the library that each is about.
import { builders } from './builders.ts'
import { finders } from './finders.ts'
import { loggers } from './loggers.ts'
import { movers } from './movers.ts'
import { packers } from './packers.ts'
import { repositories } from './repositories.ts'
import { servers } from './servers.ts'
import { watchers } from './watchers.ts'
import type { Program } from './program.ts'

export const programs: Readonly<Record<string, Program>> = { ...repositories, ...finders, ...packers, ...builders, ...servers, ...movers, ...loggers, ...watchers }

/** What stands before a result on standard output. */
export const RESULT = 'result: '
