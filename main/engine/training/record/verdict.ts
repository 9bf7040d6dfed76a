import type { Epoch, Repeat, Run } from '#contract'
import type { NamedWeights } from './weights.ts'

type First = NonNullable<Repeat['first']>

/** The figures of an epoch that must repeat; how long it took need not. */
const FIGURES: readonly (keyof Epoch)[] = ['loss', 'accuracy', 'evalLoss', 'evalAccuracy']

/** What was not the same before the first step. */
export function changedSince(was: Run, is: Run): string[] {
  const changed = [
    was.code !== is.code && was.code !== null && 'the code of the trainer',
    was.imageDigest !== is.imageDigest && was.imageDigest !== null && 'the container image',
    was.backend !== is.backend && was.backend !== null && `the backend (${was.backend}, now ${is.backend})`,
    was.transform !== is.transform && 'how the data is encoded',
    was.version !== is.version && 'the version of the data',
  ]
  return changed.filter(words => words !== false)
}

/** Points of a curve of a run whose program tells figures of its own. */
export type Curves = Map<string, { step: number; value: number | null }[]>

/**
 * Holds a run that was done again to the first one: epoch by epoch and figure by figure, then weight by weight.
 * @param tolerance figures `a` and `b` count as the same where |a - b| is no more than this share of the larger, or of 1e-3
 * where both are smaller
 */
export function verdictOf(
  was: { run: Run; weights: NamedWeights[] | null; curves: Curves },
  is: { run: Run; weights: NamedWeights[] | null; curves: Curves },
  tolerance: number,
): Pick<Repeat, 'verdict' | 'first' | 'says' | 'changed'> {
  const changed = changedSince(was.run, is.run)
  const because = changed.length > 0 ? ` Not the same before it began: ${changed.join(', ')}.` : ''
  const near = (a: number, b: number) =>
    Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b), 1e-3)
  let first: First | null = null
  let far: First | null = null
  for (const difference of differences(was, is)) {
    first ??= difference
    const { was: a, is: b } = difference
    if (a !== null && b !== null && near(a, b)) continue
    far = difference
    break
  }
  if (far) return { verdict: 'different', first: far, changed, says: `Different: ${wordsOf(far)}.${because}` }
  if (first)
    return {
      verdict: 'within tolerance',
      first,
      changed,
      says: `Within tolerance: nothing differs by more than ${tolerance} of its size; first ${wordsOf(first)}.${because}`,
    }
  const what = was.weights && is.weights ? 'every figure and every weight is' : 'every figure is'
  return { verdict: 'identical', first: null, changed, says: `Identical: ${what} the same.${because}` }
}

type Side = Parameters<typeof verdictOf>[0]

/** Where two runs are not the same, in the order in which it came about. */
function* differences(was: Side, is: Side): Iterable<First> {
  const [a, b] = [was.run.epochs, is.run.epochs]
  for (let i = 0; i < Math.min(a.length, b.length); i++)
    for (const figure of FIGURES) {
      const [one, other] = [a[i]?.[figure] ?? null, b[i]?.[figure] ?? null]
      if (!Object.is(one, other))
        yield { epoch: i + 1, figure: FIGURE_WORDS[figure] ?? figure, was: one, is: other }
    }
  if (a.length !== b.length)
    yield { epoch: Math.min(a.length, b.length) + 1, figure: 'number of epochs', was: a.length, is: b.length }
  if (a.length === 0) yield* differencesOfCurves(was.curves, is.curves)
  if (!was.weights || !is.weights || was.run.artifact === is.run.artifact) return
  for (const [i, { name, values }] of was.weights.entries()) {
    const others = is.weights[i]
    if (!others || others.values.length !== values.length) {
      yield {
        epoch: null,
        figure: `number of weights of ${name}`,
        was: values.length,
        is: others?.values.length ?? 0,
      }
      return
    }
    for (let k = 0; k < values.length; k++)
      if (!Object.is(values[k], others.values[k]))
        yield {
          epoch: null,
          figure: `weights of ${name}`,
          was: values[k] ?? null,
          is: others.values[k] ?? null,
        }
  }
}

/** Figures of a person's own program, by step, then by name; what takes time or resources need not repeat. */
function* differencesOfCurves(was: Curves, is: Curves): Iterable<First> {
  const found: (First & { step: number })[] = []
  for (const [key, points] of was) {
    if (/second|time|duration|throughput|memory|per_sec|cpu|gpu/i.test(key)) continue
    const others = new Map((is.get(key) ?? []).map(({ step, value }) => [step, value]))
    for (const { step, value } of points) {
      const other = others.get(step) ?? null
      if (!Object.is(value, other))
        found.push({ step, epoch: Math.max(0, Math.trunc(step)), figure: key, was: value, is: other })
    }
  }
  found.sort((a, b) => a.step - b.step)
  for (const { step: _, ...difference } of found) yield difference
}

const FIGURE_WORDS: Partial<Record<keyof Epoch, string>> = {
  evalLoss: 'eval loss',
  evalAccuracy: 'eval accuracy',
}

function wordsOf({ epoch, figure, was, is }: First): string {
  const value = (each: number | null) => (each === null ? 'none' : String(each))
  const where = epoch === null ? `in the ${figure}` : `in epoch ${epoch}, ${figure}`
  return `${where} was ${value(was)} and is ${value(is)}`
}
