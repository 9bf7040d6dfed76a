import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JobId } from '#contract'
import { createDataset } from '../../../main/engine/dataset/index.ts'
import { hashOf } from '../../../main/engine/kit/index.ts'
import { openLineage } from '../../../main/engine/lineage/index.ts'
import { openStore } from '../../../main/engine/store/index.ts'
import { failureOf, listening, openWorkspace, SAMPLES, type Workspace } from './workspace.ts'

describe('versions', () => {
  let workspace: Workspace
  beforeAll(() => {
    workspace = openWorkspace()
  })
  afterAll(() => workspace.close())

  test('the same content with the same options is the same version', async () => {
    const first = await workspace.import(workspace.file('birds.csv', 'a,b\n1,2\n3,4\n'))
    expect(first).toMatchObject({ dataset: 'birds', number: 1, rows: 2 })
    const again = await workspace.import(workspace.file('copy/birds.csv', 'a,b\n1,2\n3,4\n'))
    expect(again).toEqual(first)
    const changed = await workspace.import(workspace.file('birds.csv', 'a,b\n1,2\n3,4\n5,6\n'))
    expect(changed).toMatchObject({ dataset: 'birds', number: 2, rows: 3 })
    const keyed = await workspace.import(workspace.file('birds.csv', 'a,b\n1,2\n3,4\n5,6\n'), { key: ['a'] })
    expect(keyed).toMatchObject({ number: 3, key: ['a'] })
    expect(keyed.id).not.toBe(changed.id)
  })

  test('they are found by name, by number and by hash', async () => {
    const { version, versions } = await workspace.dataset.door.show({ name: 'birds' }, listening)
    expect(versions.map(({ number }) => number)).toEqual([3, 2, 1])
    expect(version).toEqual(versions[0])
    expect(workspace.dataset.resolve('birds@1')).toEqual(versions[2])
    expect(workspace.dataset.resolve(versions[1]?.id ?? '')).toEqual(versions[1])
    expect(await workspace.dataset.door.list({}, listening)).toEqual({
      datasets: [{ name: 'birds', versions: 3, latest: version }],
    })
    for (const [ref, says] of [
      ['fish', /no dataset "fish"/],
      ['birds@9', /has no version 9/],
      ['f'.repeat(64), /no dataset/],
    ] as const) {
      const failure = await failureOf(workspace.dataset.door.show({ name: ref }, listening))
      expect(failure.code).toBe('not-found')
      expect(failure.message).toMatch(says)
    }
  })

  test('removing frees the bytes, but none that another version needs', async () => {
    const content = `x\n${Array.from({ length: 5000 }, (_, at) => at * at).join('\n')}\n`
    const one = await workspace.import(workspace.file('one.csv', content))
    const two = await workspace.import(workspace.file('one.csv', content), { name: 'two' })
    expect(two.id).not.toBe(one.id)
    const kept = await workspace.dataset.door.remove({ name: 'one' }, listening)
    expect(kept).toEqual({ removed: [one], freedBytes: 0 })
    expect(
      (await workspace.dataset.door.rows({ name: 'two', offset: 4999, limit: 1 }, listening)).rows,
    ).toEqual([[4999 * 4999]])
    const freed = await workspace.dataset.door.remove({ name: 'two' }, listening)
    expect(freed).toEqual({ removed: [two], freedBytes: two.bytes })
    expect((await failureOf(workspace.dataset.door.show({ name: 'two' }, listening))).code).toBe('not-found')
    const single = await workspace.dataset.door.remove({ name: 'birds@2' }, listening)
    expect(single.removed.map(({ number }) => number)).toEqual([2])
    expect(workspace.dataset.resolve('birds').number).toBe(3)
    await workspace.dataset.door.remove({ name: 'birds' }, listening)
    expect(workspace.leftovers()).toEqual([])
  })

  test('what models were trained on is not removed by the way', async () => {
    const version = await workspace.import(workspace.file('needed.csv', 'a\n1\n2\n'))
    const lineage = openLineage(workspace.store)
    const model = { id: hashOf('model'), kind: 'model' as const, title: 'Wear, run-1' }
    lineage.record(version.madeBy as JobId, [version.id], [model])
    for (const name of ['needed', 'needed@1']) {
      const failure = await failureOf(workspace.dataset.door.remove({ name }, listening))
      expect(failure).toMatchObject({ code: 'in-use', message: expect.stringContaining('Wear, run-1') })
      expect(failure.remedy).toContain(`"${name}" --anyway`)
    }
    expect(workspace.dataset.resolve('needed').id).toBe(version.id)
    await workspace.dataset.door.remove({ name: 'needed', anyway: true }, listening)
    const gone = await failureOf(workspace.dataset.door.show({ name: version.id }, listening))
    expect(gone).toMatchObject({
      code: 'not-found',
      remedy: expect.stringContaining('Import its file again'),
    })
  })

  test('a workspace that another window has can still be looked at', async () => {
    const version = await workspace.import(workspace.file('shared.csv', 'a\n1\n2\n'))
    const store = openStore(workspace.store.folder)
    const other = createDataset({ store, samples: SAMPLES })
    try {
      expect(store.readOnly).toBe(true)
      const { rows } = await other.door.rows({ name: 'shared', offset: 1, limit: 5 }, listening)
      expect(rows).toEqual([[2]])
      const before = workspace.leftovers()
      const seen = await other.door.inspect({ file: version.source.path }, listening)
      expect(seen.head.rows).toEqual([[1], [2]])
      expect(workspace.leftovers()).toEqual(before)
    } finally {
      other.close()
      store.close()
      await workspace.dataset.door.remove({ name: 'shared' }, listening)
    }
  })

  test('rows that went missing are told, and come back with the file', async () => {
    const path = workspace.file('lost.csv', 'a\n1\n2\n')
    const version = await workspace.import(path)
    const blob = workspace.leftovers()[0]?.split(/[\\/]/).at(-1)
    workspace.store.blobs.remove(blob as never)
    const failure = await failureOf(
      workspace.dataset.door.rows({ name: 'lost', offset: 0, limit: 1 }, listening),
    )
    expect(failure).toMatchObject({ code: 'not-found', message: expect.stringContaining('lost v1') })
    expect(await workspace.import(path)).toMatchObject({ id: version.id, number: 1 })
    expect(
      (await workspace.dataset.door.rows({ name: 'lost', offset: 0, limit: 9 }, listening)).rows,
    ).toEqual([[1], [2]])
  })
})

test('a cancelled import stops soon and leaves nothing behind', async () => {
  const workspace = openWorkspace()
  try {
    const line = Array.from({ length: 20 }, (_, at) => (at * 1.37).toFixed(6)).join(',')
    const path = workspace.file(
      'long.csv',
      `${Array.from({ length: 20 }, (_, at) => `c${at}`).join(',')}\n${`${line}\n`.repeat(400_000)}`,
    )
    for (const wait of [0, 150, 500]) {
      const steps: string[] = []
      let asked = 0
      const failure = await failureOf(
        workspace.job(
          job =>
            workspace.dataset.door.import(
              { file: path, key: [], splitBy: 'hash', train: 0.8, eval: 0.1, test: 0.1 },
              { ...job, progress: (_, step) => steps.push(step) },
            ),
          job =>
            setTimeout(() => {
              asked = performance.now()
              job.cancel()
            }, wait),
        ),
      )
      expect(failure.code).toBe('cancelled')
      expect(performance.now() - asked).toBeLessThan(2000)
      expect(steps.length).toBeGreaterThan(0)
    }
    expect(workspace.leftovers()).toEqual([])
    expect((await workspace.dataset.door.list({}, listening)).datasets).toEqual([])
    // And it still works afterwards.
    expect((await workspace.import(workspace.file('short.csv', 'a\n1\n'))).rows).toBe(1)
  } finally {
    await workspace.close()
  }
})
