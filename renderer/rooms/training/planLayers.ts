/** Units of the dense layers as they are typed: "100-70-50-25", also with commas or spaces; "none" or empty: no layer. */
export function readLayers(text: string): number[] | null {
  const trimmed = text.trim().toLowerCase()
  if (!trimmed || trimmed === 'none') return []
  const parts = trimmed.split(/\s*[-,;\s]\s*/).filter(Boolean)
  if (parts.length > 32 || parts.some(part => !/^\d{1,4}$/.test(part))) return null
  const units = parts.map(Number)
  return units.every(unit => unit >= 1 && unit <= 8192) ? units : null
}
