import type { Proof, Tolerance } from '#contract'

/** How many points (of a hundred) a variant lost against the float model, overall and in the class that lost most. */
export interface Losses {
  overall: number
  worst: { label: string; points: number } | null
}

/**
 * Losses by the classes' figures; where no labels are known the float model's answers count as right, so that a loss is
 * the share of rows that are answered otherwise.
 */
export function lossesOf({
  perClass,
  disagreements,
  rows,
}: Pick<Proof, 'perClass' | 'disagreements' | 'rows'>): Losses {
  if (perClass.length === 0)
    return { overall: disagreements && rows > 0 ? (100 * disagreements.count) / rows : 0, worst: null }
  const support = perClass.reduce((sum, each) => sum + each.support, 0)
  const lost = perClass.reduce((sum, each) => sum + (each.before - each.after) * each.support, 0)
  const worst = perClass.reduce((most, each) =>
    each.before - each.after > most.before - most.after ? each : most,
  )
  return {
    overall: (100 * lost) / Math.max(1, support),
    worst: { label: worst.label, points: 100 * (worst.before - worst.after) },
  }
}

/** Whether the losses are within what is allowed, and in one sentence why. */
export function verdictOf(losses: Losses, wanted: Tolerance): NonNullable<Proof['tolerance']> {
  const isOne = (value: number) => value.toFixed(1) === '1.0'
  const points = (value: number) => `${value.toFixed(1)} ${isOne(value) ? 'point' : 'points'}`
  const allowed = (value: number) => `${points(value)} ${isOne(value) ? 'is' : 'are'} allowed`
  const isOverall = losses.overall <= wanted.points + 1e-9
  const isWorst = !losses.worst || losses.worst.points <= wanted.classPoints + 1e-9
  const reason = !isOverall
    ? `It loses ${points(losses.overall)} where ${allowed(wanted.points)}.`
    : !isWorst && losses.worst
      ? `The class "${losses.worst.label}" loses ${points(losses.worst.points)} where ${allowed(wanted.classPoints)}.`
      : `It loses ${points(Math.max(0, losses.overall))}${losses.worst ? `, no class more than ${points(Math.max(0, losses.worst.points))}` : ''}.`
  return { wanted, passed: isOverall && isWorst, reason }
}
