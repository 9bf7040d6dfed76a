import type { Advice, Guardrail } from '#contract'
import { confidenceSequence } from './confidence.ts'

/** Figures of a version on all devices together. */
export interface VersionFigures {
  predictions: number
  /** Times the process ended while it served. */
  crashes: number
  /** Milliseconds, the worst of the devices. */
  p95: number | null
  /** Answers whose best score was low. */
  lowConfidence: number
}

/** What is known of a rollout. */
export interface Evidence {
  /** Devices that are to run the candidate. */
  wanted: number
  /** Devices on which it could not be loaded, and those on which it gave other answers than it does here. */
  loadFailures: number
  goldenMismatches: number
  candidate: VersionFigures
  stable: VersionFigures
  /** Items that both computed, and those of them on which they differ. */
  compared: number
  disagreements: number
  /** Of the disagreements that a person labeled: those that one of the two had right. */
  candidateRight: number
  stableRight: number
}

export interface Limits {
  /** Chance of a wrong decision, however often one looks. */
  alpha: number
  /** Share of all items that the candidate may have wrong more often. */
  margin: number
  /** Share of devices on which it may fail. */
  failing: number
  /** Times as slow as the other it may be. */
  slower: number
  /** More answers with low scores than the other, as a share of all. */
  unsure: number
}

export const LIMITS: Limits = { alpha: 0.05, margin: 0.01, failing: 0.05, slower: 2, unsure: 0.05 }

/** Fewer answers say nothing of speed or confidence. */
const ENOUGH = 100

/**
 * What the figures of a rollout say: guardrails first, then which of the two versions is right where they differ.
 *
 * The accuracies of two versions differ by `d (2 p - 1)` at most, `d` being the share of items on which they differ and
 * `p` the share of these (one of them being right) that the candidate has right. Both are bounded by confidence
 * sequences (see {@link confidenceSequence}), which hold at all times at once: looking daily adds no error. With a chance
 * of at most `alpha`, a candidate that loses more than `margin` is promoted, or one that is as good is rolled back for
 * its answers.
 */
export function decide(evidence: Evidence, limits: Limits = LIMITS): Advice {
  const { candidateRight, stableRight, compared, disagreements } = evidence
  const labeled = candidateRight + stableRight
  const share = confidenceSequence(candidateRight, labeled, limits.alpha / 2)
  const differing = confidenceSequence(disagreements, compared, limits.alpha / 2)
  const guardrails = guard(evidence, limits)
  const say = (outcome: Advice['outcome'], reason: string): Advice => ({
    ...{ outcome, reason, guardrails },
    paired: { labeled, candidateRight, stableRight, share, confidence: 1 - limits.alpha },
  })

  const broken = guardrails.filter(each => !each.held)
  const fatal = broken.find(({ name }) => FATAL.has(name))
  if (fatal) return say('roll-back', fatal.words)
  const loss = differing.high * Math.max(0, 1 - 2 * share.low)
  if (labeled > 0 && share.high < 0.5)
    return say(
      'roll-back',
      `Where the two differ, the new version was right ${candidateRight} times and the old one ${stableRight} times: it is worse.`,
    )
  const [slow] = broken
  if (slow) return say('hold', slow.words)
  if (loss <= limits.margin)
    return say(
      'promote',
      labeled === 0
        ? `The two differ on at most ${points(differing.high)} of the items, so at most that much can be lost.`
        : share.low > 0.5
          ? `Where the two differ, the new version was right ${candidateRight} times and the old one ${stableRight} times: it is better.`
          : `At most ${points(loss)} of the answers get worse, where ${points(limits.margin)} are allowed.`,
    )
  if (compared === 0)
    return say(
      'hold',
      'Nothing is known yet of items that both versions computed; a shadow run gives that soonest.',
    )
  return say(
    'hold',
    labeled === 0
      ? `The two differ on ${disagreements} of ${compared} items and none of these is labeled yet.`
      : `Up to ${points(loss)} of the answers could be worse, where ${points(limits.margin)} are allowed; label more of the items on which the two differ.`,
  )
}

const FATAL = new Set<Guardrail['name']>(['crashes', 'load-failures', 'golden-mismatches'])

/** Why a rollout may not go on by itself: more devices fail with it than may; null where none do. */
export const fatalIn = (evidence: Evidence, limits: Limits = LIMITS): string | null =>
  guard(evidence, limits).find(({ name, held }) => !held && FATAL.has(name))?.words ?? null

/** How often devices failed with the candidate. */
export const failuresIn = ({ loadFailures, goldenMismatches, candidate }: Evidence): number =>
  loadFailures + goldenMismatches + candidate.crashes

const points = (share: number) => `${(share * 100).toFixed(1)}%`

function guard(evidence: Evidence, limits: Limits): Guardrail[] {
  const { wanted, candidate, stable, loadFailures, goldenMismatches } = evidence
  const few = Math.floor(wanted * limits.failing)
  const counted = (name: Guardrail['name'], count: number, limit: number, what: string): Guardrail => ({
    ...{ name, candidate: count, stable: null, limit, held: count <= limit },
    words:
      count <= limit
        ? `${what} on ${count} of ${wanted} devices.`
        : `${what} on ${count} of ${wanted} devices, where ${limit} are allowed.`,
  })
  const share = ({ lowConfidence, predictions }: VersionFigures) =>
    predictions < ENOUGH ? null : lowConfidence / predictions
  const [unsure, sure] = [share(candidate), share(stable)]
  const most = sure === null ? null : sure + limits.unsure
  const slow = candidate.predictions < ENOUGH ? null : candidate.p95
  const usual = stable.predictions < ENOUGH ? null : stable.p95
  const patience = usual === null ? null : limits.slower * usual
  const fast = slow === null || patience === null || slow <= patience
  const calm = unsure === null || most === null || unsure <= most
  return [
    {
      ...{ name: 'crashes', candidate: candidate.crashes, stable: stable.crashes, limit: few },
      held: candidate.crashes <= few,
      words:
        candidate.crashes === 0
          ? 'No process ended while the new version served.'
          : `The process ended ${candidate.crashes} times while the new version served${candidate.crashes > few ? `, where ${few} are allowed` : ''}.`,
    },
    counted('load-failures', loadFailures, few, 'The new version could not be loaded'),
    counted('golden-mismatches', goldenMismatches, few, 'The new version gave other answers than here'),
    {
      ...{ name: 'p95', candidate: slow, stable: usual, limit: patience, held: fast },
      words:
        slow === null || usual === null
          ? 'Too few answers to say how fast it is.'
          : `It takes ${slow.toFixed(1)} ms at p95 where the other takes ${usual.toFixed(1)} ms${fast ? '.' : `; at most ${limits.slower} times that is allowed.`}`,
    },
    {
      ...{ name: 'low-confidence', candidate: unsure, stable: sure, limit: most, held: calm },
      words:
        unsure === null || sure === null
          ? 'Too few answers to say how sure it is.'
          : `${points(unsure)} of its answers are unsure where the other has ${points(sure)}${calm ? '.' : ', which is too many more.'}`,
    },
  ]
}
