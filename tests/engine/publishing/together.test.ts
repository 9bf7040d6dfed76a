import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openDesk } from '../../../main/engine/publishing/sites/desk.ts'
import { modelIn } from '../../../main/engine/publishing/sites/edit.ts'
import { openKnownSites } from '../../../main/engine/publishing/sites/known.ts'
import { openStore } from '../../../main/engine/store/index.ts'
import { openKeyring } from '../../../main/engine/trust/index.ts'
import { folder } from '../../agent/tinyModel.ts'
import { folderHere, serveHere, TOKEN } from '../release/repositoryHere.ts'
import { house, keysHere, MODEL } from './house.ts'

const LAPTOPS = 6

/** Laptops of one person: each with a workspace of its own and the same keys. */
async function laptops() {
  const keyring = await openKeyring(join(keysHere(), 'keys'))
  return Array.from({ length: LAPTOPS }, () => {
    const own = join(folder(), 'shop')
    const store = openStore(own)
    return { store, desk: openDesk({ known: openKnownSites(store), keyring: async () => keyring, own }) }
  })
}

/** What a person does on each of them in the same instant, again and again, and what is in the plan at the end. */
async function changedTogether(where: string, turns: readonly number[]) {
  const all = await laptops()
  try {
    await Promise.all(
      all.map(async ({ desk }, laptop) => {
        const place = await desk.place({ to: where, site: 'plant-1' }, { make: true })
        for (let turn = 0; turn < (turns[laptop] ?? 1); turn++)
          await desk.change(
            place,
            plan => {
              modelIn(plan, 'bolts').decision++
              modelIn(plan, `${laptop}-${turn}`).decision++
              return []
            },
            { make: true },
          )
      }),
    )
    const { desk } = all[0] as (typeof all)[number]
    const plan = await desk.read(await desk.place({ to: where, site: 'plant-1' }))
    return {
      decision: plan.models.find(({ model }) => model === 'bolts')?.decision,
      models: plan.models.length - 1,
    }
  } finally {
    for (const { store } of all) store.close()
  }
}

const total = (turns: readonly number[]) => turns.reduce((sum, each) => sum + each, 0)

describe('several laptops with the same keys, in the same instant', () => {
  test('change one plan in a folder: no change is lost, and none counts twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 2 }), { minLength: LAPTOPS, maxLength: LAPTOPS }),
        async turns => {
          expect(await changedTogether(folderHere(), turns)).toEqual({
            decision: total(turns),
            models: total(turns),
          })
        },
      ),
      { numRuns: 2 },
    )
  }, 60_000)

  test('change one plan over HTTP', async () => {
    const { address } = await serveHere(folderHere())
    const turns = [2, 1, 2, 1, 2, 1]
    expect(await changedTogether(address.replace('//', `//:${TOKEN}@`), turns)).toEqual({
      decision: total(turns),
      models: total(turns),
    })
  }, 60_000)

  test('publish a version each: each counts, and the newest are on offer', async () => {
    const keys = keysHere()
    const to = folderHere()
    const houses = Array.from({ length: LAPTOPS }, () => house({ keys }))
    await (houses[0] as (typeof houses)[number]).call.init({ site: 'plant-1', to })
    const releases = await Promise.all(
      houses.map(({ publish }, i) => publish({ to, site: 'plant-1', version: i + 1 })),
    )
    expect(releases.map(({ counter }) => counter).sort()).toEqual([1, 2, 3, 4, 5, 6])
    const site = await (houses[0] as (typeof houses)[number]).call.sites()
    expect(site.sites[0]?.models).toMatchObject([{ model: MODEL, decision: 6 }])
    expect(site.sites[0]?.models[0]?.versions.map(({ counter }) => counter)).toEqual([6, 5, 4, 3, 2])
  }, 60_000)

  test('publish the same version of two trainings: the second is told, and nothing of the first changes', async () => {
    const keys = keysHere()
    const to = folderHere()
    const both = [house({ keys, artifact: 'one' }), house({ keys, artifact: 'two' })]
    const ends = await Promise.allSettled(both.map(({ publish }) => publish({ to })))
    const [won, lost] = [
      ends.find(({ status }) => status === 'fulfilled'),
      ends.find(({ status }) => status === 'rejected'),
    ]
    expect(lost).toMatchObject({ reason: { failure: { code: 'already-there' } } })
    const site = await (both[0] as (typeof both)[number]).call.sites()
    const manifest = (won as PromiseFulfilledResult<{ id: string }>).value.id
    if (site.sites.length > 0)
      expect(site.sites[0]?.models[0]?.versions[0]?.variants[0]?.manifest).toBe(manifest)
  })
})
