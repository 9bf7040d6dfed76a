import { MOST_ROWS, ofSample } from './cells.ts'
import { type Check, figure, percent, plural } from './check.ts'
import { heldOutChances } from './classifier.ts'
import { labeledSample } from './sample.ts'

/** Of its own rows, a class must be known this well before its label is doubted. */
const KNOWN = 0.8
/** The given class must be this unlikely, beside another. */
const UNLIKELY = 0.04
/** More than this share of wrong labels is a model that does not fit. */
const MOST = 0.1
const FEWEST_OF_CLASS = 20

/**
 * Rows whose label is likely wrong, by confident learning (Northcutt, Jiang and Chuang 2021): a model that has not seen
 * a row is at least as sure of another class as it usually is of that class's own rows. Only where the classes are known
 * well, so that few rows are named, and those with reason.
 */
export const mislabeled: Check = {
  kind: 'mislabeled',
  ours: true,
  async run(subject) {
    const sample = await labeledSample(subject)
    if (!sample || !('codes' in sample.label)) return []
    const { classes, codes, name } = sample.label
    const many = classes.length
    const chances = await heldOutChances(sample.features, codes, many, subject.signal)
    if (!chances) return []
    const own = new Float64Array(many)
    const counts = new Float64Array(many)
    for (let row = 0; row < sample.rows; row++) {
      const code = codes[row] as number
      own[code] = (own[code] as number) + (chances[row * many + code] as number)
      counts[code] = (counts[code] as number) + 1
    }
    const usual = own.map((sum, code) => sum / Math.max(1, counts[code] as number))
    const isKnown = (code: number) =>
      (usual[code] as number) >= KNOWN && (counts[code] as number) >= FEWEST_OF_CLASS
    const doubted: { row: number; given: number; other: number; chance: number }[] = []
    for (let row = 0; row < sample.rows; row++) {
      const given = codes[row] as number
      const chance = chances[row * many + given] as number
      if (chance > UNLIKELY || !isKnown(given)) continue
      let other = given
      for (let code = 0; code < many; code++)
        if ((chances[row * many + code] as number) > (chances[row * many + other] as number)) other = code
      if (other === given || !isKnown(other)) continue
      if ((chances[row * many + other] as number) >= (usual[other] as number))
        doubted.push({ row, given, other, chance })
    }
    if (!doubted.length || doubted.length > MOST * sample.rows) return []
    doubted.sort((a, b) => a.chance - b.chance)
    const rowOf = (row: number) => sample.numbers[row] as number
    return [
      {
        feature: name,
        kind: 'mislabeled',
        severity: 'warning',
        split: null,
        title: 'Likely wrong labels',
        detail: `${plural(doubted.length, 'row', 'rows')} of ${figure(sample.rows)} (${percent(doubted.length / sample.rows)}): a model fitted without them is as sure of another class as it usually is of that class's own rows. The least likely come first.${ofSample(sample.rows, sample.of)}`,
        rows: doubted.length,
        examples: doubted
          .slice(0, 5)
          .map(
            ({ row, given, other }) =>
              `row ${figure(rowOf(row) + 1)}: "${classes[given]}", rather "${classes[other]}" (${percent(chances[row * many + other] as number)})`,
          ),
        only: doubted.slice(0, MOST_ROWS).map(({ row }) => rowOf(row)),
      },
    ]
  },
}
