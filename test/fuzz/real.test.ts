// The sandbox, whose files are the kernel's: 20,000 random operations.
import { behaves } from './behaves.ts'

behaves(20_000, 'real')
