import type { Advice, Device, Guardrail, Rollout, RolloutStanding } from '#contract'
import { count, percent, plural } from '../../../ui/format.ts'
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

/** They are counted of the new version only; the one before passed them long ago. */
const OWN = new Set<Guardrail['name']>(['load-failures', 'golden-mismatches'])

/** A value of a guardrail with its unit; of the version before, a dash where nothing is compared. */
export function guardText(
  name: Guardrail['name'],
  value: number | null,
  of: 'new' | 'before' | 'limit',
): string {
  if (value === null) return of === 'before' && OWN.has(name) ? '–' : 'not yet'
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
): { standing: Standing; word: string; why: string } {
  const of = device.models.find(each => each.model === model)
  const held = of?.versions?.find(each => each.version === version)
  const failure = held?.role === 'quarantined' ? held.failure : (of?.failure ?? null)
  if (held?.role === 'quarantined' || (failure && of?.reports !== version))
    return { standing: 'failed', word: 'Failed', why: failure?.message ?? 'It failed its check there.' }
  if (of?.candidate?.version === version)
    return {
      standing: 'on',
      word: of.candidate.shadow ? 'Computes it' : 'Answers a share',
      why: of.candidate.compared
        ? `differs on ${count(of.candidate.disagreements)} of ${plural(of.candidate.compared, 'item')}`
        : '',
    }
  if (of?.reports === version) return { standing: 'on', word: 'Runs it', why: '' }
  if (device.health === 'offline')
    return { standing: 'silent', word: 'Not heard of', why: 'a stick may reach it' }
  return of?.state === 'fetching'
    ? { standing: 'on-the-way', word: 'Fetches it', why: '' }
    : { standing: 'on-the-way', word: 'Waits for it', why: device.models.length ? '' : 'has no model yet' }
}

export const memberMark = (standing: Standing): StatusKind =>
  standing === 'on-the-way' ? 'waiting' : STANDINGS[standing].kind

/** "2 of 3 run it, 1 failed" */
export function progressText({ devices, rollout }: RolloutStanding): string {
  const { wanted, running, failed, silent } = devices
  return [
    `${count(running)} of ${count(wanted)} ${rollout?.shadow ? 'compute' : 'run'} it`,
    failed ? `${failed} failed` : '',
    silent ? `${silent} not heard of` : '',
  ]
    .filter(Boolean)
    .join(', ')
}

/** "Of 112 labeled rows on which the two differ the new one had 71 right and the one before 41." */
export const pairedText = ({ paired }: Advice): string =>
  paired.labeled
    ? `Of ${plural(paired.labeled, 'labeled row')} on which the two differ, the new one had ${count(paired.candidateRight)} right and the one before ${count(paired.stableRight)}: between ${percent(paired.share.low, 0)} and ${percent(paired.share.high, 0)} for the new one, sure to ${percent(paired.confidence, 0)} however often one looks.`
    : 'No row on which the two differ is labeled yet. Label the rows that devices sent back to know which one is right.'

/** What went wrong first, then who is on the way, then those that have it. */
const RANK: Record<Standing, number> = { failed: 0, silent: 1, 'on-the-way': 2, on: 3 }
export const byConcern = <T extends { standing: Standing }>(members: readonly T[]): T[] =>
  [...members].sort((a, b) => RANK[a.standing] - RANK[b.standing])
