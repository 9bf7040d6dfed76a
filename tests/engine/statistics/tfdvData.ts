/** A row of small numbers that are the same on every machine (Lehmer's generator). */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return sides => {
    state = (state * 48_271) % 2_147_483_647
    return state % sides
  }
}

/**
 * A made-up table, the same every time: whole numbers, texts, floats, weights, infinities, categories, nothing. Its
 * floats are few quarters, so that sums of 32-bit floats are exact, in whatever order they are added.
 */
export function visits(rows = 800): string {
  const roll = dice(4)
  const of = <T>(values: T[]): T => values[roll(values.length)] as T
  const lines = ['age,city,score,weight,odd,code,none,share']
  for (let row = 0; row < rows; row++)
    lines.push(
      [
        of(['', ...Array.from({ length: 12 }, (_, at) => 20 + 3 * at)]),
        of(['Rome', 'Köln', 'Łódź', '東京', 'rome', '']),
        of(['', 'nan', ...Array.from({ length: 40 }, (_, at) => (at - 8) / 4)]),
        of([0.25, 0.5, 1, 2, 0]),
        of(['inf', '-inf', 'nan', '0', '1.5', '']),
        of([1, 2, 3, '', ' 7 ']),
        '',
        of([0.25, 0.5, 0.75]),
      ].join(','),
    )
  return `${lines.join('\n')}\n`
}
