import { failureOf } from '../../kit/index.ts'
import type { Desk } from '../sites/desk.ts'
import type { Receipts } from './receipts.ts'
import type { Taking } from './take.ts'

/** How often a folder, and another machine, is looked through, in milliseconds. */
const EVERY = { folder: 5000, http: 60_000 }
/** What was refused is tried again after this. */
const AGAIN = 3_600_000
/** A plan is not signed anew for receipts alone more often than this. */
const RECEIPTS = 120_000

/** Takes in by itself what devices left in the repositories that are known here. */
export function openIntake({ desk, taking, receipts }: { desk: Desk; taking: Taking; receipts: Receipts }) {
  const lookedAt = new Map<string, number>()
  const refused = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let going: Promise<unknown> = Promise.resolve()
  let settledAt = Number.NEGATIVE_INFINITY
  let owes = true
  let closed = false

  async function lookInto(address: string): Promise<void> {
    const sink = desk.sink(address)
    for (const { device, sequence } of await sink.batches()) {
      if (closed) return
      const file = `${device.slice(0, 8)}-${sequence}.edgeback`
      const key = `${address} ${device} ${sequence}`
      if (performance.now() - (refused.get(key) ?? Number.NEGATIVE_INFINITY) < AGAIN) continue
      const bytes = await sink.batch(device, sequence)
      if (!bytes) continue
      const taken = await taking.take(bytes, file)
      if (taken.refused) {
        // It stays where it is: the device may be approved later, or a person may want to see it.
        refused.set(key, performance.now())
        continue
      }
      owes = true
      await sink.removeBatch(device, sequence)
    }
  }

  /** One look through all repositories whose turn it is. */
  async function look(now: boolean): Promise<void> {
    for (const address of new Set(desk.known().map(each => each.address))) {
      const clock = performance.now()
      const every = EVERY[desk.sink(address).kind]
      if (!now && clock - (lookedAt.get(address) ?? Number.NEGATIVE_INFINITY) < every) continue
      lookedAt.set(address, clock)
      await lookInto(address).catch(error => {
        const { code, message } = failureOf(error)
        // A stick or a server that is not there now comes back; one that shows nothing without a token stays closed.
        if (!['unreachable', 'no-permission', 'not-found', 'unsupported'].includes(code))
          console.error(`${address}: ${message}`)
      })
    }
    if (!owes || (!now && performance.now() - settledAt < RECEIPTS)) return
    owes = false
    settledAt = performance.now()
    const signed = await receipts.settle()
    if (signed.some(each => !each.signed)) owes = true
  }

  function plan(): void {
    if (closed) return
    timer = setTimeout(() => {
      going = going
        .then(() => look(false))
        .catch(error => console.error(failureOf(error).message))
        .finally(plan)
    }, EVERY.folder)
    timer.unref()
  }

  return {
    start: plan,
    /** Looks at once, through everything. */
    now(): Promise<void> {
      const turn = going.then(() => look(true))
      going = turn.catch(() => {})
      return turn
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await going
    },
  }
}
