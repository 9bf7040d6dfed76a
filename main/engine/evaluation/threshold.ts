import type { Evaluation, ThresholdPoint } from '#contract'
import { fail } from '../kit/index.ts'

/** What each decision costs; a gain is negative. */
export interface Costs {
  fp: number
  fn: number
  tp: number
  tn: number
}

/**
 * The threshold at which the decisions of an evaluation cost least (Elkan 2001), of those that its curve holds; of
 * equally cheap ones the highest.
 * @throws Failure bad-input for a class that is not there, wrong-type for a regression
 */
export function cheapest({ task, perClass, rows }: Evaluation, label: string | undefined, costs: Costs) {
  if (task === 'regression')
    throw fail('wrong-type', 'A predicted number has no threshold.', 'Choose an evaluation of classes.')
  const of =
    label === undefined ? perClass[task === 'binary' ? 1 : 0] : perClass.find(each => each.label === label)
  if (!of)
    throw fail(
      'bad-input',
      `The evaluation has no class "${label}".`,
      `Its classes are ${perClass
        .slice(0, 20)
        .map(each => each.label)
        .join(', ')}.`,
    )
  const costOf = ({ tp, fp, tn, fn }: ThresholdPoint) =>
    tp * costs.tp + fp * costs.fp + tn * costs.tn + fn * costs.fn
  const first = of.curve[0]
  // Above every score nothing is called positive, which may be the cheapest of all.
  const none: ThresholdPoint[] =
    first && first.tp + first.fp > 0
      ? [
          {
            threshold: Math.max(1, first.threshold) + 1e-6,
            tp: 0,
            fp: 0,
            tn: first.tn + first.fp,
            fn: first.tp + first.fn,
          },
        ]
      : []
  const priced = [...none, ...of.curve].map(point => ({ ...point, cost: costOf(point) }))
  if (!priced.length) throw fail('empty-data', 'The evaluation holds no curve.', 'Evaluate the run again.')
  type Priced = (typeof priced)[number]
  const best = priced.reduce((least, point) => (point.cost < least.cost ? point : least))
  // Between two points of the curve nothing changes that it knows of, so 0.5 is as the last point above it.
  const half = priced.findLast(({ threshold }) => threshold >= 0.5) ?? (priced[0] as Priced)
  return {
    label: of.label,
    best,
    half,
    curve: priced.map(({ threshold, cost }) => ({ threshold, cost })),
    rows,
  }
}
