// Memory, as an object: 20,000 random operations.
import { behaves } from './behaves.ts'

behaves(20_000, 'memory')
