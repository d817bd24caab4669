// Preload of `npm run test:packages`: copies the tree at FSMOUNT_TREE into memory and mounts it at FSMOUNT_AT.
import { copyTree, listProject } from '../../lib/cli.ts'
import { create } from '../../lib/index.ts'

const { FSMOUNT_TREE, FSMOUNT_AT } = process.env
const vfs = create()
copyTree(vfs, listProject(FSMOUNT_TREE!))
vfs.mount(FSMOUNT_AT!)
