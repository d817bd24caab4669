// Overlays, whose changes are committed again and again, so that what is changed lies in either layer.
import { drivers } from '../providers/sqlite-scratch.ts'
import { behaves } from './behaves.ts'

behaves(2_000, 'overlay-memory', 'overlay-real', ...drivers.map((driver) => `overlay-${String(driver)}`))
