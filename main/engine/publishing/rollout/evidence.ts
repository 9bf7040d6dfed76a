import type { Device, DeviceVersion } from '#contract'
import type { Rollout } from '../../release/index.ts'
import type { Evidence, VersionFigures } from './decide.ts'

/** What was found out about the disagreements of a rollout by labeling them: asked of the room that knows. */
export type Labeled = (site: string, model: string, rollout: string) => LabeledPairs | Promise<LabeledPairs>
/** Disagreements of which one of the two versions was right. */
export interface LabeledPairs {
  candidateRight: number
  stableRight: number
}

/** Devices of a rollout, by how they stand. */
export interface Progress {
  wanted: number
  running: number
  failed: number
  silent: number
}

/** What the devices of a site tell of a rollout. */
export function evidenceOf(
  devices: readonly Device[],
  model: string,
  stable: number | null,
  rollout: Rollout,
  labeled: LabeledPairs,
): { evidence: Evidence; progress: Progress } {
  const taking = devices.filter(
    device =>
      (rollout.groups.length === 0 || device.groups?.some(group => rollout.groups.includes(group))) &&
      (rollout.unit === 'inference' || rollout.members.includes(device.id)),
  )
  const all = taking.flatMap(device => {
    const found = device.models.find(each => each.model === model)
    return found ? [{ device, ...found }] : []
  })
  const candidates = all.flatMap(({ versions = [] }) =>
    versions.filter(each => each.version === rollout.version),
  )
  const stables = devices.flatMap(device =>
    device.models
      .filter(each => each.model === model)
      .flatMap(({ versions = [] }) => versions.filter(each => each.version === stable)),
  )
  const broken = candidates.filter(({ role }) => role === 'quarantined')
  const mismatched = broken.filter(({ failure }) => failure?.code === 'golden-mismatch')
  const runs = ({ reports, candidate, versions = [] }: Device['models'][number]) =>
    reports === rollout.version ||
    candidate?.version === rollout.version ||
    versions.some(({ version, role }) => version === rollout.version && role === 'candidate')
  return {
    evidence: {
      wanted: taking.length,
      loadFailures: broken.length - mismatched.length,
      goldenMismatches: mismatched.length,
      candidate: together(candidates),
      stable: together(stables),
      compared: total(all, ({ candidate }) => (candidate?.rollout === rollout.id ? candidate.compared : 0)),
      disagreements: total(all, ({ candidate }) =>
        candidate?.rollout === rollout.id ? candidate.disagreements : 0,
      ),
      ...labeled,
    },
    progress: {
      wanted: taking.length,
      running: all.filter(runs).length,
      failed: broken.length,
      silent: taking.filter(({ health }) => health === 'offline').length,
    },
  }
}

const total = <T>(all: readonly T[], of: (each: T) => number): number =>
  all.reduce((sum, each) => sum + of(each), 0)

const together = (versions: readonly DeviceVersion[]): VersionFigures => ({
  predictions: total(versions, each => each.predictions),
  crashes: total(versions, each => each.crashes),
  p95: versions.reduce<number | null>(
    (most, { p95 }) => (p95 === null ? most : Math.max(most ?? 0, p95)),
    null,
  ),
  lowConfidence: total(versions, each => each.lowConfidence),
})
