import { toCsv } from '../../ui/index.ts'
import { measure } from './measured.ts'
import type { ListedFeature, Side } from './sides.ts'

const NAMES = [
  'feature',
  'type',
  'rows of',
  'count',
  'missing',
  'missing share',
  'unique',
  'zeros',
  'zero share',
  'mean',
  'standard deviation',
  'min',
  'median',
  'max',
  'average length',
  'top values',
  'non-uniformity',
  'drift',
]

/** The table as CSV: a line a feature and set of rows, the figures as they are. */
export function csvOf(features: readonly ListedFeature[], sides: readonly Side[], weighted: boolean): string {
  return toCsv(
    NAMES,
    features.flatMap(feature =>
      sides.flatMap(side => {
        const statistics = side.statisticsOf(feature)
        if (!statistics) return []
        const of = measure(statistics, feature.type, weighted)
        return [
          [
            feature.name,
            feature.type,
            side.label,
            of.count,
            of.missing,
            of.missingShare,
            of.unique,
            of.zeros,
            of.zeroShare,
            of.mean,
            of.deviation,
            of.min,
            of.median,
            of.max,
            of.averageLength,
            of.top.map(({ value, count }) => `${value}: ${count}`).join('; '),
            feature.nonUniformity,
            feature.drift,
          ],
        ]
      }),
    ),
  )
}
