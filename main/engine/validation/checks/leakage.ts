import { ofSample } from './cells.ts'
import { type Check, type Finding, percent } from './check.ts'
import { type BinnedFeature, type LabeledSample, labeledSample } from './sample.ts'

/** A feature that says so much of the label alone is likely made from it. */
const NEARLY_ALL = 0.95
/** One that says less, but so many times more than any other, is, too. */
const MUCH = 0.75
const TIMES = 4
/** What two columns share when they are one on a line. */
const ON_LINE = 0.99999
/** Rows that a class must have on each side for one-to-one to mean anything. */
const FEWEST_OF_CLASS = 5

/** The part of a row in cross-fitting, the same every time. */
const partOf = (row: number): number => (Math.imul(row + 1, 0x9e3779b1) >>> 16) & 1

/** A feature that predicts the label almost alone, or is the label in other words. */
export const leakage: Check = {
  kind: 'leakage',
  ours: true,
  async run(subject) {
    const sample = await labeledSample(subject)
    if (!sample) return []
    const { label, rows, of } = sample
    const skills = sample.features.map(feature => ({
      feature,
      skill: 'codes' in label ? certaintyOf(feature, label, rows) : explainedOf(feature, label.values, rows),
      same: isSame(feature.name, sample),
    }))
    return skills.flatMap(({ feature, skill, same }): Finding[] => {
      const others = skills.filter(other => other.feature !== feature && !other.same)
      const next = Math.max(0, ...others.map(other => other.skill))
      const alone = skill >= NEARLY_ALL || (skill >= MUCH && others.length > 0 && skill >= TIMES * next)
      if (!same && !alone) return []
      const what =
        'codes' in label
          ? `${percent(skill)} of what there is to know of "${label.name}" (its entropy, on rows that were held back)`
          : `${percent(skill)} of the variance of "${label.name}" (on rows that were held back)`
      return [
        {
          feature: feature.name,
          kind: 'leakage',
          severity: same ? 'error' : 'warning',
          split: null,
          title: same ? 'The label in other words' : 'Gives the label away',
          detail: `${same ? `Each value goes with one value of "${label.name}" and the other way round. ` : ''}This column alone says ${what}${others.length ? `; the next best says ${percent(next)}` : ''}.${ofSample(rows, of)}`,
          rows: of,
          examples: [],
        },
      ]
    })
  },
}

/**
 * The share of the label's entropy that a feature takes away (Theil's uncertainty coefficient), with the shares of the
 * classes of each bin learned from one half of the rows and measured on the other, so that names of rows say nothing.
 */
function certaintyOf(
  { bins, count }: BinnedFeature,
  { classes, codes }: { classes: string[]; codes: Uint16Array },
  rows: number,
): number {
  const many = classes.length
  const counts = [0, 1].map(() => new Float64Array(count * many))
  const prior = [0, 1].map(() => new Float64Array(many))
  for (let row = 0; row < rows; row++) {
    const [part, code] = [partOf(row), codes[row] as number]
    add(counts[part], (bins[row] as number) * many + code)
    add(prior[part], code)
  }
  let [with_, without] = [0, 0]
  for (let row = 0; row < rows; row++) {
    const other = 1 - partOf(row)
    const code = codes[row] as number
    const [classCounts, all] = [counts[other], prior[other]]
    if (!classCounts || !all) continue
    const total = sum(all, 0, many)
    const base = ((all[code] as number) + 1) / (total + many)
    const at = (bins[row] as number) * many
    // A row is added that has the classes as they are everywhere.
    const share = ((classCounts[at + code] as number) + base) / (sum(classCounts, at, many) + 1)
    with_ -= Math.log(share)
    without -= Math.log(base)
  }
  return without > 0 ? Math.max(0, 1 - with_ / without) : 0
}

/** The share of the variance that the means of the bins explain, learned and measured as above. */
function explainedOf({ bins, count }: BinnedFeature, values: Float64Array, rows: number): number {
  const sums = [0, 1].map(() => new Float64Array(count))
  const counts = [0, 1].map(() => new Float64Array(count))
  const [all, number] = [
    [0, 0],
    [0, 0],
  ]
  for (let row = 0; row < rows; row++) {
    const part = partOf(row)
    const bin = bins[row] as number
    add(sums[part], bin, values[row])
    add(counts[part], bin)
    all[part] = (all[part] as number) + (values[row] as number)
    number[part] = (number[part] as number) + 1
  }
  let [left, whole] = [0, 0]
  for (let row = 0; row < rows; row++) {
    const other = 1 - partOf(row)
    const mean = (all[other] as number) / Math.max(1, number[other] as number)
    const bin = bins[row] as number
    const guess = ((sums[other]?.[bin] ?? 0) + mean) / ((counts[other]?.[bin] ?? 0) + 1)
    left += ((values[row] as number) - guess) ** 2
    whole += ((values[row] as number) - mean) ** 2
  }
  return whole > 0 ? Math.max(0, 1 - left / whole) : 0
}

function add(into: Float64Array | undefined, at: number, value = 1): void {
  if (into) into[at] = (into[at] as number) + value
}
function sum(values: Float64Array, from: number, many: number): number {
  let all = 0
  for (let at = from; at < from + many; at++) all += values[at] as number
  return all
}

/** Whether a column is the label in other words: one value for each class, or numbers on one line. */
function isSame(name: string, { plain, label, rows }: LabeledSample): boolean {
  const values = plain.get(name) ?? []
  if ('values' in label) return isOnLine(values, label.values)
  const [to, from] = [new Map<string | number, number>(), new Map<number, string | number>()]
  const seen = new Float64Array(label.classes.length)
  for (let row = 0; row < rows; row++) {
    const [value, code] = [values[row], label.codes[row] as number]
    if (value === null || value === undefined) return false
    if ((to.get(value) ?? code) !== code || (from.get(code) ?? value) !== value) return false
    to.set(value, code)
    from.set(code, value)
    add(seen, code)
  }
  return seen.filter(count => count >= FEWEST_OF_CLASS).length >= 2
}

function isOnLine(values: readonly (string | number | null)[], label: Float64Array): boolean {
  let [n, mx, my, xx, yy, xy] = [0, 0, 0, 0, 0, 0]
  for (const [row, value] of values.entries()) {
    if (typeof value !== 'number') continue
    const y = label[row] as number
    n++
    const [dx, dy] = [value - mx, y - my]
    mx += dx / n
    my += dy / n
    xx += dx * (value - mx)
    yy += dy * (y - my)
    xy += dx * (y - my)
  }
  return n >= 0.99 * values.length && xx > 0 && yy > 0 && Math.abs(xy) >= ON_LINE * Math.sqrt(xx * yy)
}
