/**
 * `npm test`: types floor by floor, lint, the built program, then every test. What a machine lacks is skipped aloud by
 * the tests themselves; with CI=true nothing may be. Ends with one line: N passed, N failed, N skipped.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const report = join(root, '.cache', 'tests.json')

const bin = (name: string) => join(root, 'node_modules', name)

interface Count {
  passed: number
  failed: number
  skipped: number
}
const count: Count = { passed: 0, failed: 0, skipped: 0 }

function run(title: string, args: string[]): boolean {
  const start = performance.now()
  process.stdout.write(`\n── ${title}\n`)
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  process.stdout.write(
    `── ${title}: ${status === 0 ? 'good' : 'failed'}, ${((performance.now() - start) / 1000).toFixed(1)} s\n`,
  )
  return status === 0
}

function step(title: string, args: string[]): boolean {
  const good = run(title, args)
  count[good ? 'passed' : 'failed']++
  return good
}

step('Types, floor by floor', [bin('vue-tsc/bin/vue-tsc.js'), '-b'])
step('Lint and format', [bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'])
step('Build', [join(root, 'main', 'build.ts')])

mkdirSync(join(root, '.cache'), { recursive: true })
rmSync(report, { force: true })
const good = run('Unit, contract and end-to-end tests', [
  bin('vitest/vitest.mjs'),
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
])
try {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites, testResults } =
    JSON.parse(readFileSync(report, 'utf8')) as Record<string, number> & {
      testResults: { status: string; assertionResults: unknown[] }[]
    }
  count.passed += numPassedTests ?? 0
  count.skipped += (numPendingTests ?? 0) + (numTodoTests ?? 0)
  // A file that did not even load has no tests to count, and must not pass for one without faults.
  const broken = testResults.filter(
    file => file.status === 'failed' && file.assertionResults.length === 0,
  ).length
  count.failed += (numFailedTests ?? 0) + broken
  if (!good && !numFailedTests && !broken) count.failed += Math.max(1, numFailedTestSuites ?? 1)
} catch {
  count.failed++
}

process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`)
process.exitCode = count.failed > 0 ? 1 : 0
