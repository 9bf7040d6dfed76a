import type { Explanation, PartialDependence, Split, VariantKind } from '#contract'

/** Those of a form on the rows of a split, newest first. */
export const explanationsOf = (
  all: readonly Explanation[],
  variant: VariantKind,
  split: Split,
): Explanation[] =>
  all.filter(one => one.variant === variant && one.split === split).sort((a, b) => b.at.localeCompare(a.at))

/** The newest that ranks the columns; one that was only asked for the dependence on a column ranks none. */
export const rankedIn = (all: readonly Explanation[]): Explanation | null => {
  const most = Math.max(0, ...all.map(one => one.importance.length))
  return all.find(one => one.importance.length > 1 || one.importance.length === most) ?? null
}

/** The newest dependence on a column. */
export const dependenceOn = (all: readonly Explanation[], column: string): PartialDependence | null => {
  for (const one of all) {
    const found = one.partial.find(partial => partial.column === column)
    if (found) return found
  }
  return null
}

/** All columns that something is known of, the most important first. */
export const explainedColumns = (all: readonly Explanation[]): string[] => [
  ...new Set([
    ...(rankedIn(all)?.importance.map(({ column }) => column) ?? []),
    ...all.flatMap(one => one.partial.map(({ column }) => column)),
  ]),
]
