import type { Proof } from '#contract'

/** How far the outputs of a variant lie from those of the float model, over all rows. */
export function differenceOf(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
): Pick<Proof, 'maxDifference' | 'rmsDifference'> {
  let [largest, squares] = [0, 0]
  const count = Math.min(before.length, after.length)
  for (let i = 0; i < count; i++) {
    const far = Math.abs((before[i] as number) - (after[i] as number))
    // What is no number on one side only is as far as can be, and must not vanish in a comparison.
    if (Number.isNaN(far) && !(Number.isNaN(before[i]) && Number.isNaN(after[i]))) largest = Number.MAX_VALUE
    else if (far > largest) largest = far
    squares += Number.isFinite(far) ? far * far : 0
  }
  return { maxDifference: largest, rmsDifference: count === 0 ? 0 : Math.sqrt(squares / count) }
}

/** The class that a row's outputs say: the greatest, or for one output whether it is at least a half. */
export function answerOf(outputs: ArrayLike<number>, row: number, width: number): number {
  if (width === 1) return (outputs[row] as number) >= 0.5 ? 1 : 0
  let best = 0
  for (let i = 1; i < width; i++)
    if ((outputs[row * width + i] as number) > (outputs[row * width + best] as number)) best = i
  return best
}

/** At most so many rows are listed. */
const LISTED = 200

/**
 * The rows where a variant answers another class than the float model, and how often each is right where the right
 * class is known.
 *
 * @param names of the classes; numbers where the file names none
 * @param places row of the split of each row here
 */
export function disagreementsOf(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  rows: number,
  width: number,
  names: readonly string[],
  labels?: ArrayLike<number>,
  places?: ArrayLike<number>,
): Pick<Proof, 'disagreements' | 'perClass'> {
  const nameOf = (index: number) => names[index] ?? String(index)
  const classes = Math.max(2, width)
  const right = {
    before: new Float64Array(classes),
    after: new Float64Array(classes),
    support: new Float64Array(classes),
  }
  const listed: NonNullable<Proof['disagreements']>['rows'] = []
  let count = 0
  for (let row = 0; row < rows; row++) {
    const [a, b] = [answerOf(before, row, width), answerOf(after, row, width)]
    const label = labels?.[row]
    if (label !== undefined && label >= 0 && label < classes) {
      right.support[label] = (right.support[label] as number) + 1
      if (a === label) right.before[label] = (right.before[label] as number) + 1
      if (b === label) right.after[label] = (right.after[label] as number) + 1
    }
    if (a === b) continue
    count++
    if (listed.length < LISTED)
      listed.push({
        row: places?.[row] ?? row,
        before: nameOf(a),
        after: nameOf(b),
        label: label === undefined ? null : nameOf(label),
      })
  }
  return {
    disagreements: { count, rows: listed },
    perClass: labels
      ? Array.from({ length: classes }, (_, i) => i).flatMap(i => {
          const support = right.support[i] as number
          return support === 0
            ? []
            : [
                {
                  label: nameOf(i),
                  support,
                  before: (right.before[i] as number) / support,
                  after: (right.after[i] as number) / support,
                },
              ]
        })
      : [],
  }
}
