// Runs the tests that depend on the very release of Node on a few that lie between those of the matrix: the loader's, and the
// conformance suite over memory through the patched `fs`. They are chosen so that facts of loader/versions.ts are seen on
// both of their sides; the Node binaries are kept in ~/.cache/fsmount-matrix. `node dist/test/tools/between.js [RELEASE]...`
import { findRoot } from './files.ts'
import { findNode, runNode } from './nodes.ts'

/**
 * Node without `registerHooks` whose `require` of `.mjs` is a function of its own; the first with hooks, which tells conditions
 * as a set; the first of 24, whose hooks' thread has no synchronous hooks.
 */
const RELEASES = ['20.19.0', '22.15.0', '24.0.0']

/** What runs on each: the arguments of run.js, and the one subject of the suite. */
const RUNS = [{ suite: 'loader', subject: undefined }, { suite: 'conformance.test', subject: 'memory through fs' }]

for (const release of process.argv.length > 2 ? process.argv.slice(2) : RELEASES) {
  const node = findNode(release)
  for (const { suite, subject } of RUNS) {
    if (subject === undefined) delete process.env.FSMOUNT_SUBJECT
    else process.env.FSMOUNT_SUBJECT = subject
    console.log(`\n== Node ${release}: ${suite}`)
    const { text, status } = runNode(node, ['dist/test/tools/run.js', suite], findRoot(), true)
    // The runner's summary, and after it what failed in full.
    console.log(text.slice(Math.max(text.search(/^(?:ℹ|#) tests /m), 0)).trimEnd())
    if (status !== 0) process.exitCode = 1
  }
}
