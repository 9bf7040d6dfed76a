import { now } from '../../kit/index.ts'
import type { PlanModel, SitePlan } from '../../release/index.ts'

/** The plan of a site that wants nothing yet. @param recipient who opens what its devices send back (age) */
export const newPlan = (site: string, recipient: string): SitePlan => ({
  format: 'edgewright-site/1',
  site,
  issued: now(),
  recipient,
  models: [],
  devices: [],
  capture: { lowConfidence: null, disagreement: true, random: 0, quotaBytes: 2 * 2 ** 30 },
  bandwidth: { windows: [], bytesPerSecond: null, whole: 'always' },
  pollSeconds: 900,
})

export const newPlanModel = (model: string): PlanModel => ({
  model,
  versions: [],
  stable: null,
  rollout: null,
  before: [],
  floor: 0,
  revoked: [],
  decision: 0,
})
