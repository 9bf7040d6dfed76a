import type { Receipt } from '#contract'
import { failureOf } from '../../kit/index.ts'
import type { SitePlan } from '../../release/index.ts'
import type { Desk } from '../sites/desk.ts'
import type { RecordTables } from './kept.ts'

/** Tells devices up to where their records arrived, in the plans of their sites. */
export interface Receipts {
  /**
   * Signs what is owed.
   * @param only of these devices; default: of all
   */
  settle(only?: ReadonlySet<string>): Promise<Receipt[]>
  /** What the plan of a site does not say yet. */
  owed(plan: SitePlan): { id: string; name: string; received: number }[]
}

export function openReceipts(desk: Desk, tables: RecordTables): Receipts {
  const owed = (plan: SitePlan) =>
    plan.devices.flatMap(({ id, name, received }) => {
      const whole = tables.whole(id, received)
      return whole > received ? [{ id, name, received: whole }] : []
    })

  return {
    owed,
    async settle(only) {
      const all: Receipt[] = []
      for (const { site, address, plan } of desk.known()) {
        const due = plan ? owed(plan).filter(({ id }) => !only || only.has(id)) : []
        if (due.length === 0) continue
        let signed = true
        try {
          await desk.change({ site, address, sink: desk.sink(address) }, plan => {
            for (const device of plan.devices)
              device.received = Math.max(device.received, tables.whole(device.id, device.received))
            return []
          })
        } catch (error) {
          // A repository that is not there now, or a key that is away: it goes into the next plan.
          if (failureOf(error).code === 'internal') throw error
          signed = false
        }
        for (const { id, name, received } of due) all.push({ site, device: id, name, received, signed })
      }
      return all
    },
  }
}
