import type { Advice, Device, Guardrail, Rollout, RolloutStanding } from '#contract'
import { percent } from '../../../ui/format.ts'
import type { StatusKind } from '../../../ui/types.ts'
import { STANDINGS, type Standing } from '../fleet/fleetWords.ts'

export const OUTCOMES: Record<Advice['outcome'], { kind: 'good' | 'warn' | 'bad' | 'info'; title: string }> =
  {
    promote: { kind: 'good', title: 'The figures say: promote' },
    hold: { kind: 'info', title: 'The figures say: hold' },
    'roll-back': { kind: 'bad', title: 'The figures say: roll back' },
  }

export const GUARDRAILS: Record<Guardrail['name'], string> = {
  crashes: 'Crashes',
  'load-failures': 'Could not be loaded',
  'golden-mismatches': 'Other answers than here',
  p95: 'p95 of a request',
  'low-confidence': 'Unsure answers',
}

/** A value of a guardrail with its unit. */
export function guardText(name: Guardrail['name'], value: number | null): string {
  if (value === null) return 'not yet'
  if (name === 'p95') return `${value.toFixed(1)} ms`
  return name === 'low-confidence' ? percent(value) : String(value)
}

/** "20% of the devices", "20% of the items, only computed beside". */
export const partText = (rollout: Rollout): string =>
  [
    rollout.unit === 'device'
      ? `${percent(rollout.share, 0)} of the devices`
      : `${percent(rollout.share, 0)} of the items`,
    rollout.shadow ? 'only computed beside' : '',
    rollout.groups.length ? `in ${rollout.groups.join(', ')}` : '',
  ]
    .filter(Boolean)
    .join(', ')

/** The devices that a rollout is about. */
export const membersOf = (rollout: Rollout, devices: readonly Device[], site: string): Device[] =>
  devices.filter(device =>
    rollout.unit === 'device'
      ? rollout.members.includes(device.id)
      : device.site === site &&
        (!rollout.groups.length || device.groups?.some(group => rollout.groups.includes(group))),
  )

/** How far one member is with a version. */
export function memberStanding(
  device: Device,
  model: string,
  version: number,
): { standing: Standing; why: string } {
  const of = device.models.find(each => each.model === model)
  const held = of?.versions?.find(each => each.version === version)
  const failure = held?.role === 'quarantined' ? held.failure : (of?.failure ?? null)
  if (held?.role === 'quarantined' || (failure && of?.reports !== version))
    return { standing: 'failed', why: failure?.message ?? 'It failed its check there.' }
  if (of?.reports === version || of?.candidate?.version === version)
    return {
      standing: 'on',
      why: of?.candidate?.version === version ? 'computes it beside' : 'answers with it',
    }
  if (device.health === 'offline') return { standing: 'silent', why: 'a stick may reach it' }
  return { standing: 'on-the-way', why: of?.state === 'fetching' ? 'fetches it' : 'waits for it' }
}

export const memberMark = (standing: Standing): StatusKind =>
  standing === 'on-the-way' ? 'waiting' : STANDINGS[standing].kind

/** "2 of 3 run it, 1 failed" */
export function progressText({ devices }: RolloutStanding): string {
  const { wanted, running, failed, silent } = devices
  return [
    `${running} of ${wanted} run it`,
    failed ? `${failed} failed` : '',
    silent ? `${silent} not heard of` : '',
  ]
    .filter(Boolean)
    .join(', ')
}

/** "of 112 labelled rows on which the two differ, the new one had 71 right, the one before 41" */
export const pairedText = ({ paired }: Advice): string =>
  paired.labelled
    ? `Of ${paired.labelled} labelled rows on which the two differ, the new one had ${paired.candidateRight} right and the one before ${paired.stableRight}: ${percent(paired.share.low, 0)} to ${percent(paired.share.high, 0)} in favor of the new one, at ${percent(paired.confidence, 0)} however often one looks.`
    : 'No row on which the two differ is labelled yet. Label the rows that devices sent back to know which one is right.'
