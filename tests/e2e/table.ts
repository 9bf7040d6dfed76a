/** A table to learn from, made by a rule with some noise; the same for the same seed. */
export function bearingsCsv(rows: number, seed = 1): string {
  let state = seed >>> 0
  // Mulberry32, a small generator that is the same everywhere.
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const lines = ['serial,temperature,load,"Mounting, side",measured,worn']
  for (let i = 0; i < rows; i++) {
    const temperature = 20 + 60 * random()
    const load = 10 * random()
    const side = ['left', 'right', 'top'][Math.floor(random() * 3)] as string
    const worn = temperature + 8 * load + (side === 'top' ? 15 : 0) + 10 * (random() - 0.5) > 95
    const day = String(1 + Math.floor(random() * 28)).padStart(2, '0')
    lines.push(
      `B${i},${temperature.toFixed(2)},${random() < 0.03 ? '' : load.toFixed(3)},${side},2026-0${1 + (i % 9)}-${day},${worn ? 'yes' : 'no'}`,
    )
  }
  return `${lines.join('\n')}\n`
}
