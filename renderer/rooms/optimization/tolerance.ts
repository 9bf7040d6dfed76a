import type { Proof, Tolerance, Variant } from '#contract'

/** Points of a hundred that a variant lost against the float model: over all rows, and in the class that lost most. */
export interface Losses {
  overall: number
  worst: { label: string; points: number } | null
}

/**
 * Losses by the figures of each class; where no labels are known the answers of the float model count as right. Null
 * where neither is there to compare.
 */
export function lossesOf({ perClass, disagreements, rows }: Proof): Losses | null {
  if (perClass.length === 0)
    return disagreements && rows > 0 ? { overall: (100 * disagreements.count) / rows, worst: null } : null
  let [support, lost] = [0, 0]
  let worst = { label: '', points: Number.NEGATIVE_INFINITY }
  for (const each of perClass) {
    const points = 100 * (each.before - each.after)
    support += each.support
    lost += points * each.support
    if (points > worst.points) worst = { label: each.label, points }
  }
  return { overall: lost / Math.max(1, support), worst }
}

/** Whether a variant keeps within the tolerance, and why; `null` where nothing is asked or nothing is known. */
export interface Verdict {
  passed: boolean
  reason: string
  overall: boolean
  worst: boolean
}

/* A loss of exactly what is allowed is allowed, whatever floating point makes of it. */
const ROOM = 1e-9

export function verdictOf(proof: Proof | null, wanted: Tolerance | null): Verdict | null {
  const losses = proof && wanted && lossesOf(proof)
  if (!losses || !wanted) return null
  const overall = losses.overall <= wanted.points + ROOM
  const worst = !losses.worst || losses.worst.points <= wanted.classPoints + ROOM
  // What the engine said of the same tolerance is said again, word for word.
  const said = proof.tolerance
  if (said && said.wanted.points === wanted.points && said.wanted.classPoints === wanted.classPoints)
    return { passed: said.passed, reason: said.reason, overall, worst }
  const of = (points: number) => {
    const text = points.toFixed(1)
    return `${text} ${text === '1.0' ? 'point' : 'points'}`
  }
  const most = losses.worst ? `, no class more than ${of(Math.max(0, losses.worst.points))}` : ''
  const reason = !overall
    ? `It loses ${of(losses.overall)} where ${of(wanted.points)} are allowed.`
    : !worst && losses.worst
      ? `The class "${losses.worst.label}" loses ${of(losses.worst.points)} where ${of(wanted.classPoints)} are allowed.`
      : `It loses ${of(Math.max(0, losses.overall))}${most}.`
  return { passed: overall && worst, reason, overall, worst }
}

/** The class that is answered worst after the change; null where no labels are known. */
export function worstClassOf(variant: Variant): Proof['perClass'][number] | null {
  const classes = variant.proof?.perClass ?? []
  return classes.length === 0
    ? null
    : classes.reduce((least, each) => (each.after < least.after ? each : least))
}
