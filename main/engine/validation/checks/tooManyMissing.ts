import type { SchemaFeature, Split } from '#contract'
import { type Check, type Finding, figure, percent, placesOf, present, rowsOf, severityOf } from './check.ts'

/** The finding that values are missing in more rows of a place than the schema allows. */
export const tooMany = (
  { name, minPresence }: SchemaFeature,
  { missing, rows, split }: { missing: number; rows: number; split: Split | null },
): Finding => ({
  feature: name,
  kind: 'too-many-missing',
  type: 'FEATURE_TYPE_LOW_FRACTION_PRESENT',
  where: [{ column: name, is: 'missing', values: [] }],
  updatable: true,
  severity: severityOf(missing - (1 - minPresence) * rows, rows),
  split,
  title: 'Too many missing values',
  detail: `${figure(missing)} of ${figure(rows)} rows (${percent(missing / rows)}) have no value; the schema allows ${percent(1 - minPresence)}.`,
  rows: missing,
  examples: [],
})

/** A column has a value in fewer rows than the schema asks for. */
export const tooManyMissing: Check = {
  kind: 'too-many-missing',
  ofAnyRows: true,
  async run(subject) {
    const { table, statistics } = subject
    const features = new Map(statistics.features.map(feature => [feature.name, feature]))
    const found: Finding[] = []
    for (const { feature } of present(subject)) {
      const figures = features.get(feature.name)
      if (!figures) continue
      const partOf = (split: (typeof places)[number]) =>
        (split ? figures.splits[split] : figures.all) ?? figures.all
      const isShort = (missing: number, rows: number) => rows - missing < feature.minPresence * rows
      const places = placesOf(table, split =>
        isShort(figures.splits[split]?.missing ?? 0, rowsOf(table, split)),
      )
      for (const split of places) {
        const { missing } = partOf(split)
        const rows = rowsOf(table, split)
        if (!rows || !isShort(missing, rows)) continue
        found.push(tooMany(feature, { missing, rows, split }))
      }
    }
    return found
  },
}
