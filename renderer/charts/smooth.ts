/**
 * An exponential moving average as TensorBoard draws it: each value weighs `1 - weight`, what came before `weight`, and
 * the lean of the first values towards zero is taken out (the debiasing of Adam, Kingma and Ba 2015, section 3). What is
 * no number stays as it is and does not count; a curve of one value stays that value.
 * @param weight from 0, which changes nothing, to below 1
 */
export function smoothed(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) return [...values]
  const first = values.find(value => value !== null)
  if (values.every(value => value === null || value === first)) return [...values]
  let sum = 0
  let left = 1
  return values.map(value => {
    if (value === null || !Number.isFinite(value)) return value
    sum = sum * weight + (1 - weight) * value
    left *= weight
    return sum / (1 - left)
  })
}
