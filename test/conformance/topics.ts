// The table of contents of the suite.
export { links } from './topics/links.ts'
export { rename } from './topics/rename.ts'
export { descriptors } from './topics/descriptors.ts'
export { flags } from './topics/flags.ts'
export { reading } from './topics/reading.ts'
export { opendir } from './topics/opendir.ts'
export { cp } from './topics/cp.ts'
