import type { Device, SiteModel } from '#contract'
import type { Doors } from '../../jobs/index.ts'
import type { PlanModel, SitePlan } from '../../release/index.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Desk } from '../sites/desk.ts'
import { hold, promote, publishedIn, rollBack } from '../sites/edit.ts'
import type { Place } from '../sites/places.ts'
import { siteModel } from '../sites/words.ts'
import { decide } from './decide.ts'
import { evidenceOf, type Labeled } from './evidence.ts'

type Door = Pick<Doors['publishing'], 'promote' | 'hold' | 'rollback' | 'rollout'>

/** What a person decides about a version that is on its way, and what the figures say. */
export function openRollouts({
  desk,
  fleet,
  labeled,
  nudge,
}: {
  desk: Desk
  fleet: Fleet
  labeled: Labeled
  nudge(place: Place): void
}): Door {
  async function decided(
    which: { model: string; site?: string | undefined; to?: string | undefined },
    edit: (plan: SitePlan, model: PlanModel) => void,
    { rolling = false } = {},
  ): Promise<SiteModel> {
    const place = await desk.place(which, { rolling })
    const plan = await desk.change(place, plan => {
      edit(plan, publishedIn(plan, which.model))
      return []
    })
    nudge(place)
    return siteModel(plan, publishedIn(plan, which.model), new Set())
  }

  return {
    promote: input => decided(input, promote, { rolling: true }),
    hold: input => decided(input, (plan, model) => hold(plan, model, input.resume), { rolling: true }),
    async rollback(input) {
      const devices = devicesAt(await desk.place(input), await fleet.look())
      return decided(input, (plan, model) =>
        rollBack(plan, model, version => isRefused(devices, model.model, version)),
      )
    },
    async rollout(input) {
      const place = await desk.place(input, { rolling: true })
      const plan = await desk.read(place)
      const { rollout, stable, model } = publishedIn(plan, input.model)
      const devices = devicesAt(place, await fleet.look())
      if (!rollout)
        return {
          ...{ site: place.site, model, stable, rollout, advice: null },
          devices: { wanted: 0, running: 0, failed: 0, silent: 0 },
        }
      const { evidence, progress } = evidenceOf(
        devices,
        model,
        stable,
        rollout,
        await labeled(place.site, model, rollout.id),
      )
      return { site: place.site, model, stable, rollout, devices: progress, advice: decide(evidence) }
    },
  }
}

const devicesAt = ({ address, site }: Place, devices: readonly Device[]): Device[] =>
  devices.filter(device => device.repository === address && device.site === site)

/** Whether devices have tried a version in vain, and none has it otherwise. */
function isRefused(devices: readonly Device[], model: string, version: number): boolean {
  const roles = devices
    .flatMap(device => device.models.filter(each => each.model === model))
    .flatMap(({ versions = [] }) => versions.filter(each => each.version === version))
    .map(({ role }) => role)
  return roles.length > 0 && roles.every(role => role === 'quarantined')
}
