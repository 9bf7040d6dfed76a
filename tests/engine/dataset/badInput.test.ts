import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { badFiles } from '../../cases/badFiles.ts'
import { failureOf, listening, openWorkspace, type Workspace } from './workspace.ts'

describe('bad input', () => {
  let workspace: Workspace
  beforeAll(() => {
    workspace = openWorkspace()
  })
  afterAll(() => workspace.close())

  test.each(badFiles.map(bad => [bad.what, bad] as const))('%s', async (_, bad) => {
    const folder = dirname(workspace.file(`${bad.what}/note`, ''))
    const path = bad.make(folder)
    const failure = await failureOf(workspace.import(path, bad.plan))
    expect(failure.code).toBe(bad.code)
    expect(failure.message).toMatch(bad.says)
    expect(failure.message).not.toMatch(/DuckDB|Error:|undefined|null_padding|\n/)
    expect(failure.remedy).toMatch(/\w.*\.$/)
    // Nothing is kept and nothing is left behind.
    expect((await workspace.dataset.door.list({}, listening)).datasets).toEqual([])
    expect(workspace.leftovers()).toEqual([])
  })

  test.skipIf(process.platform === 'win32')('a file that may not be read', async () => {
    const path = workspace.file('secret.csv', 'a\n1\n')
    chmodSync(path, 0)
    // Root may read everything, so it looks as nobody.
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65534)
    try {
      const failure = await failureOf(workspace.dataset.door.inspect({ file: path }, listening))
      expect(failure.code).toBe('no-permission')
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })

  test('a name that cannot be one', async () => {
    const path = workspace.file('fine.csv', 'a\n1\n')
    const plan = {
      ...{ train: 1, eval: 0, test: 0, key: [], splitBy: 'hash' as const },
      ...{ file: path, name: '../x' as never },
    }
    const failure = await failureOf(workspace.job(job => workspace.dataset.door.import(plan, job)))
    expect(failure).toMatchObject({ code: 'bad-input', message: expect.stringContaining('../x') })
  })

  test('looking into a bad file says the same', async () => {
    const path = workspace.file('short.csv', 'a,b\n1,2\n2\n3,4\n')
    const failure = await failureOf(workspace.dataset.door.inspect({ file: path }, listening))
    expect(failure).toMatchObject({ code: 'ragged-rows', message: expect.stringContaining('Line 3') })
  })
})

/** Whether this process may mount a small file system of its own. */
const canMount =
  process.platform === 'linux' &&
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=1m none /mnt']).status === 0
if (!canMount) console.warn('skipped: a full disk, because this machine lets nobody mount a small one')

test.skipIf(!canMount)('a full disk is told, and nothing is kept', async () => {
  const workspace = openWorkspace()
  try {
    const rows = Array.from({ length: 200_000 }, (_, at) => `${at},${Math.sin(at)},${Math.cos(at * 7)}`)
    const source = workspace.file('much.csv', `a,b,c\n${rows.join('\n')}\n`)
    const script = fileURLToPath(new URL('./importIntoFullDisk.ts', import.meta.url))
    const disk = join(dirname(source), 'disk')
    const said = execFileSync(
      'unshare',
      [
        '-rm',
        'sh',
        '-c',
        'mkdir -p "$1" && mount -t tmpfs -o size=3m none "$1" && exec "$2" "$3" "$1" "$4"',
        'sh',
        disk,
        process.execPath,
        script,
        source,
      ],
      { encoding: 'utf8' },
    )
    expect(JSON.parse(said)).toEqual({
      code: 'disk-full',
      message: expect.stringContaining('disk is full'),
      datasets: 0,
      leftovers: [],
    })
  } finally {
    await workspace.close()
  }
})
