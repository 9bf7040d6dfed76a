import { literal, type Session } from '../../dataset/index.ts'
import { fail } from '../../kit/index.ts'
import type { Counted } from './count.ts'
import { COUNTED_AS, type CountedAs } from './texts.ts'

/** The greater of two ways of counting; where texts themselves decide, they go on deciding. */
const both = (a: CountedAs | null, b: CountedAs | null): CountedAs | null =>
  a === null || b === null
    ? null
    : (COUNTED_AS[Math.max(COUNTED_AS.indexOf(a), COUNTED_AS.indexOf(b))] as CountedAs)

/** What a file of value counts says of itself. @throws Failure unreadable-file */
async function aboutOf(session: Session, path: string): Promise<Counted> {
  const [found] = await session.rows<{ about: string }>(
    `SELECT decode(value) AS about FROM parquet_kv_metadata(${literal(path)}) WHERE decode(key) = 'edgewright_counted'`,
  )
  if (!found)
    throw fail(
      'unreadable-file',
      'A file of value counts is damaged.',
      'Compute the statistics of the data again.',
    )
  return JSON.parse(found.about) as Counted
}

/**
 * Puts value counts that were kept together, as if the rows had been counted at once: the relation `counted`. A feature
 * that one of them does not have is missing in all of its rows.
 * @throws Failure bad-input where they were not counted by the same slices and weights
 */
export async function mergeCounts(session: Session, paths: string[]): Promise<Counted> {
  const files = await Promise.all(paths.map(async path => ({ path, counted: await aboutOf(session, path) })))
  const first = files[0]?.counted
  if (!first) throw new Error('there are no counts to merge')
  const features = new Map<string, CountedAs | null>()
  const slicesOf = ({ slices, features: all }: Counted) => slices.map(at => all[at]?.name ?? '')
  for (const { counted } of files) {
    if (slicesOf(counted).join('\n') !== slicesOf(first).join('\n') || counted.weight !== first.weight)
      throw fail(
        'bad-input',
        'These statistics cannot be put together: they were not sliced and weighed by the same columns.',
        'Compute both with the same --slice and --weight.',
      )
    for (const { name, as } of counted.features)
      features.set(name, features.has(name) ? both(features.get(name) as CountedAs | null, as) : as)
  }
  const names = [...features.keys()]
  const keys = first.slices.map((_, at) => `k${at}`)
  const each = files.map(({ path, counted }) => {
    const from = `read_parquet(${literal(path)})`
    const places = counted.features.map(({ name }, at) => `(${at}, ${names.indexOf(name)})`)
    const has = new Set(counted.features.map(({ name }) => name))
    const absent = names.flatMap((name, at) => (has.has(name) ? [] : [`(${at})`]))
    const there = `SELECT place AS f, ${['v', ...keys, 'n', 'w'].join(', ')} FROM ${from} JOIN (VALUES ${places.join(', ')}) AS t(f, place) USING (f)`
    return absent.length
      ? `${there} UNION ALL SELECT place, NULL, ${[...keys, 'n', 'w'].join(', ')} FROM ${from}, (VALUES ${absent.join(', ')}) AS t(place) WHERE f = 0`
      : there
  })
  const grouped = ['f', 'v', ...keys].join(', ')
  await session.run(`CREATE OR REPLACE TEMP TABLE counted AS
    SELECT ${grouped}, CAST(sum(n) AS BIGINT) AS n, fsum(w) AS w FROM (${each.join(' UNION ALL ')}) GROUP BY ${grouped}`)
  return {
    ...first,
    features: names.map(name => ({ name, as: features.get(name) ?? null })),
    slices: slicesOf(first).map(name => names.indexOf(name)),
    single: files.every(({ counted }) => counted.single),
  }
}
