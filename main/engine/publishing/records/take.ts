import { readFileSync, statSync } from 'node:fs'
import type { Hash, TakenBatch } from '#contract'
import { fail, failureOf, hashOf } from '../../kit/index.ts'
import { type Batch, openBatch, type PlanDevice, type PublicKey, type SitePlan } from '../../release/index.ts'
import type { Keyring } from '../../trust/index.ts'
import type { Desk } from '../sites/desk.ts'
import { type RecordTables, samplesAreTrue } from './kept.ts'

/** Bytes of one file that are read at all. */
export const LARGEST = 512 << 20

/** Opens what devices sent back and keeps it, where the device may report. */
export interface Taking {
  /** @returns what was in it; a refusal is kept and told in it, not thrown */
  take(bytes: Uint8Array, file: string): Promise<TakenBatch>
  takeFile(path: string, file: string): Promise<TakenBatch>
  /**
   * Looks at a batch without keeping it.
   * @throws Failure as `openBatch`, `no-permission` for a device that no site approved
   */
  check(name: { device: string; sequence: number }, bytes: Uint8Array): Promise<void>
}

/** What a person should know of: somebody may have forged it. */
const SECURITY = new Set(['tampered', 'unsigned', 'no-permission'])

export function openTaking({
  desk,
  keyring,
  tables,
  arrived,
}: {
  desk: Desk
  keyring: () => Promise<Keyring>
  tables: RecordTables
  /** Something new is here. */
  arrived(): void
}): Taking {
  const vouches = (plan: SitePlan | null, { device }: Batch, key: PublicKey) =>
    plan?.devices.find(each => each.id === device && each.key === key.spki)

  /** The device as its site knows it: as it was last, else as the plan in the repository says now. */
  async function enrolled(batch: Batch, key: PublicKey): Promise<PlanDevice | null> {
    const sites = desk.known().filter(({ site }) => site === batch.site)
    for (const { plan } of sites) {
      const found = vouches(plan, batch, key)
      if (found) return found
    }
    for (const { site, address } of sites) {
      const plan = await desk.readIf({ site, address, sink: desk.sink(address) }).catch(() => null)
      const found = vouches(plan, batch, key)
      if (found) return found
    }
    return null
  }

  async function open(bytes: Uint8Array, what: string, said: (batch: Batch) => void) {
    const { identities } = (await keyring()).reports()
    const { batch, key } = await openBatch(bytes, identities, what)
    said(batch)
    const device = await enrolled(batch, key)
    if (!device)
      throw fail(
        'no-permission',
        `${what} is by a device that the site ${batch.site.slice(0, 40)} never approved; nothing of it was taken.`,
        'If the device is yours, approve it with "publishing device approve CODE" and take the file in again. If not, somebody forged it.',
      )
    const { records } = batch
    const rises = records.every(({ seq }, i) => i === 0 || seq > (records[i - 1]?.seq ?? 0))
    if (!rises || !samplesAreTrue(batch))
      throw fail(
        'tampered',
        `${what} holds records that are out of order, or samples that are not what they are called; nothing of it was taken.`,
        'Look at the device: its program may have been changed.',
      )
    return { batch, device }
  }

  async function take(bytes: Uint8Array, file: string): Promise<TakenBatch> {
    let batch: Batch | null = null
    const none = { records: 0, newRecords: 0, samples: 0, newSamples: 0 }
    try {
      const opened = await open(bytes, `The file ${file}`, said => {
        batch = said
      })
      const { forks, newRecords, newSamples } = tables.keep(opened.batch)
      const { device, site, sequence, records, samples } = opened.batch
      for (const { seq, kept, other } of forks)
        tables.refuse({
          ...{ id: hashOf(`${device} ${seq} ${kept} ${other}`), file, device, site, security: true },
          failure: {
            code: 'tampered',
            message: `${opened.device.name} tells record ${seq} in two ways; the one that came first is kept.`,
            remedy: 'Its log was changed, or its disk was put back to an earlier state. Look at the device.',
          },
        })
      if (newRecords + newSamples > 0) arrived()
      return {
        ...{ file, device, name: opened.device.name, site, sequence, newRecords, newSamples },
        ...{ records: records.length, samples: Object.keys(samples).length, refused: null },
      }
    } catch (error) {
      const failure = failureOf(error)
      if (failure.code === 'internal' || failure.code === 'disk-full') throw error
      const said = batch as Batch | null
      const id: Hash = hashOf(bytes)
      const who = { device: said?.device ?? null, site: said?.site ?? null }
      tables.refuse({ id, file, ...who, security: SECURITY.has(failure.code), failure })
      return { file, ...who, ...none, name: null, sequence: said?.sequence ?? null, refused: failure }
    }
  }

  return {
    take,
    async takeFile(path, file) {
      const { size } = statSync(path)
      if (size <= LARGEST) return take(readFileSync(path), file)
      const failure = {
        code: 'unreadable-file' as const,
        message: `The file ${file} is larger than what a device sends back.`,
        remedy: 'Choose a file that ends with .edgeback.',
      }
      const who = { device: null, site: null, name: null, sequence: null }
      return { file, ...who, records: 0, newRecords: 0, samples: 0, newSamples: 0, refused: failure }
    },
    async check({ device, sequence }, bytes) {
      let file = 'What came in'
      try {
        const { batch } = await open(bytes, file, () => {})
        if (batch.device !== device || batch.sequence !== sequence)
          throw fail(
            'tampered',
            `${file} is of another device or number than it says.`,
            'Send it with Edgewright.',
          )
      } catch (error) {
        const failure = failureOf(error)
        file = `from the network, as ${device.slice(0, 24)}`
        if (failure.code !== 'internal')
          tables.refuse({
            ...{ id: hashOf(bytes), file, device, site: null, failure },
            security: SECURITY.has(failure.code),
          })
        throw error
      }
    },
  }
}
