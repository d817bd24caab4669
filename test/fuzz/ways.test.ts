// Other ways to the same rows, and the disk itself: an overlay, providers that answer later or path by path, an archive.
import { behaves } from './behaves.ts'

behaves(4_000, 'self', 'overlay', 'later', 'path', 'path-later', 'zip')
