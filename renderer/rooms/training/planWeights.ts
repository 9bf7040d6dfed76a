/** "rare=5, common=1" as the weight of each class; null where it cannot be read. A name may hold = itself. */
export function readWeights(text: string): Record<string, number> | null {
  const pairs = text
    .split(',')
    .map(part => part.trim())
    .filter(Boolean)
  if (!pairs.length) return null
  const weights: Record<string, number> = {}
  for (const pair of pairs) {
    const [, name, figure] = /^(.*\S)\s*=\s*([^=\s]+)$/.exec(pair) ?? []
    const weight = Number(figure)
    if (!name || !Number.isFinite(weight) || weight <= 0 || Object.hasOwn(weights, name)) return null
    weights[name] = weight
  }
  return weights
}

export const weightsText = (weights: Record<string, number>): string =>
  Object.entries(weights)
    .map(([name, weight]) => `${name}=${weight}`)
    .join(', ')
