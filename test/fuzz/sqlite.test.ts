// SQLite with each driver that loads, as an object and mounted: 20,000 random operations with each.
import { drivers } from '../providers/sqlite-scratch.ts'
import { behaves } from './behaves.ts'

behaves(10_000, ...drivers.flatMap((driver) => [String(driver), `${String(driver)}-fs`]))
