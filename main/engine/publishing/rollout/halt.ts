import { failureOf, now } from '../../kit/index.ts'
import type { PlanModel } from '../../release/index.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Desk } from '../sites/desk.ts'
import { hold, modelIn } from '../sites/edit.ts'
import type { Place } from '../sites/places.ts'
import { failuresIn, fatalIn } from './decide.ts'
import { evidenceOf } from './evidence.ts'

/** Milliseconds between two looks at what is on its way. */
const EVERY = 15_000

/**
 * Pauses rollouts with which more devices fail than may, before others begin: nobody has to sit there and watch. Where a
 * person lets it go on, it is paused again only when more fail.
 */
export function openHalting({ desk, fleet, nudge }: { desk: Desk; fleet: Fleet; nudge(place: Place): void }) {
  let timer: NodeJS.Timeout | undefined
  let going: Promise<void> = Promise.resolve()
  let closed = false

  async function look(): Promise<void> {
    for (const { site, address, plan } of desk.known())
      for (const model of plan?.models ?? [])
        if (model.rollout?.state === 'running')
          await lookAt(site, address, model).catch(error => {
            const { code, message } = failureOf(error)
            if (code !== 'unreachable') console.error(`${site} in ${address}: ${message}`)
          })
  }

  async function lookAt(site: string, address: string, { model, stable, rollout }: PlanModel): Promise<void> {
    if (!rollout) return
    const devices = (await fleet.look()).filter(each => each.repository === address && each.site === site)
    const { evidence } = evidenceOf(devices, model, stable, rollout, { candidateRight: 0, stableRight: 0 })
    const reason = fatalIn(evidence)
    const failures = failuresIn(evidence)
    if (reason === null || failures <= (rollout.halted?.failures ?? 0)) return
    const place = await desk.place({ to: address, site })
    await desk.change(place, plan => {
      const there = modelIn(plan, model)
      // Another person was first, or decided otherwise meanwhile.
      if (there.rollout?.id !== rollout.id || there.rollout.state !== 'running') return []
      hold(plan, there, false)
      there.rollout.halted = { at: now(), failures, reason }
      return []
    })
    nudge(place)
  }

  function plan(): void {
    if (closed) return
    timer = setTimeout(() => {
      going = look().finally(plan)
    }, EVERY)
    timer.unref()
  }

  return {
    /** Looks once, now. */
    look,
    start: plan,
    async close(): Promise<void> {
      closed = true
      clearTimeout(timer)
      await going
    },
  }
}
