import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seenIn } from '../../../../main/engine/training/targets/ray/check.ts'
import { trainerFolder } from '../python/trainer.ts'

test('a cluster whose jobs find a Python without Ray is told so, and which Python that is', context => {
  const python = ['python3', 'python'].find(name => spawnSync(name, ['--version']).status === 0)
  if (!python) context.skip('There is no Python here.')
  // -S: without what is installed beside it.
  const { stdout } = spawnSync(python as string, ['-S', '-m', 'cluster.probe'], {
    cwd: join(trainerFolder),
    env: { ...process.env, EDGEWRIGHT_MARK: '@mark', PYTHONPATH: '', PYTHONDONTWRITEBYTECODE: '1' },
    encoding: 'utf8',
  })
  expect(stdout).toMatch(/^@mark \{/)
  expect(() => seenIn(stdout.slice('@mark '.length))).toThrow(
    /^The Python that runs jobs on this cluster \(.+\) cannot load Ray: No module named 'ray'\.$/,
  )
})
