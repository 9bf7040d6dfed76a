import type { Split } from '#contract'
import { SPLITS } from '../../dataset/index.ts'
import { MOST_ROWS, ofSample, relationOf, sampling } from './cells.ts'
import { type Check, type Finding, figure, percent, plural } from './check.ts'
import { nearGroups } from './hamming.ts'

const MOST_PICTURES = 500_000

/** A picture that looks like others. */
interface Picture {
  row: number
  split: Split | null
  label: string | null
}

/** Pictures that nearly look the same, within the data and between its splits; the column `hash` says how they look. */
export const nearDuplicates: Check = {
  kind: 'near-duplicates',
  ours: true,
  async run({ table, session, signal, label }) {
    const placed = table.groups.flatMap(group => group.columns.map(column => ({ column, group })))
    const hash = placed.find(({ column }) => column.name === 'hash' && column.type === 'text')
    if (!table.version?.images || !hash) return []
    const target = placed.find(({ column }) => column.name === (label ?? 'label') && column.type === 'text')
    const cells = [
      { group: hash.group, sql: hash.column.physical, as: 'hash' },
      ...(target ? [{ group: target.group, sql: target.column.physical, as: 'label' }] : []),
    ]
    const byHash = new Map<string, Picture[]>()
    let looked = 0
    for await (const { columns, rows } of session.stream(
      `SELECT CAST("row" AS DOUBLE), CAST(s AS DOUBLE), hash${target ? ', label' : ''} FROM ${relationOf(cells)}
       WHERE regexp_full_match(hash, '[0-9a-fA-F]{16}') AND ${sampling(table, MOST_PICTURES)} ORDER BY "row"`,
    ))
      for (let at = 0; at < rows; at++) {
        const [row, s, text, named] = columns.map(column => column[at])
        const picture = {
          row: row as number,
          split: typeof s === 'number' ? (SPLITS[s] ?? null) : null,
          label: (named as string | null | undefined) ?? null,
        }
        const alike = byHash.get(text as string)
        if (alike) alike.push(picture)
        else byHash.set(text as string, [picture])
        looked++
      }
    const hashes = [...byHash.keys()]
    const near = nearGroups(hashes, signal).map(group =>
      group.flatMap(at => byHash.get(hashes[at] as string) ?? []),
    )
    const inGroups = new Set(near.flat())
    const groups = [
      ...near,
      ...[...byHash.values()].filter(alike => alike.length > 1 && !inGroups.has(alike[0] as Picture)),
    ]
    return [...within(groups, looked, table.rows), ...across(groups, table.splits)]
  },
}

function within(groups: readonly Picture[][], looked: number, rows: number): Finding[] {
  const copies = groups.flatMap(group => {
    const seen = new Set<Split | null>()
    // The first of each split stays.
    return group.filter(({ split }) => seen.size === seen.add(split).size)
  })
  if (!copies.length) return []
  const torn = groups.filter(group => new Set(group.map(({ label }) => label)).size > 1).length
  return [
    {
      feature: 'hash',
      kind: 'near-duplicates',
      severity: 'warning',
      split: null,
      title: 'Pictures that nearly look the same',
      detail: `${figure(copies.length)} of ${figure(looked)} pictures (${percent(copies.length / looked)}) look nearly like another one of the same split.${torn ? ` In ${plural(torn, 'group', 'groups')} of such pictures the labels differ.` : ''}${ofSample(looked, rows)}`,
      rows: copies.length,
      examples: examplesOf(groups),
      only: numbersOf(copies),
    },
  ]
}

function across(groups: readonly Picture[][], splits: Partial<Record<Split, number>>): Finding[] {
  return (['eval', 'test'] as const).flatMap((split): Finding[] => {
    const torn = groups.filter(
      group => group.some(one => one.split === 'train') && group.some(one => one.split === split),
    )
    const again = torn.flatMap(group => group.filter(one => one.split === split))
    const of = splits[split] ?? 0
    if (!again.length || !of) return []
    return [
      {
        feature: 'hash',
        kind: 'near-duplicates',
        severity: 'warning',
        split,
        title: 'Pictures of train again',
        detail: `${figure(again.length)} of ${figure(of)} pictures of ${split} (${percent(again.length / of)}) look nearly like one of train.`,
        rows: again.length,
        examples: examplesOf(torn),
        only: numbersOf(again),
      },
    ]
  })
}

const examplesOf = (groups: readonly Picture[][]): string[] =>
  groups.slice(0, 5).map(
    group =>
      `rows ${group
        .slice(0, 5)
        .map(({ row }) => figure(row + 1))
        .join(', ')}`,
  )

const numbersOf = (pictures: readonly Picture[]): number[] =>
  pictures
    .map(({ row }) => row)
    .sort((a, b) => a - b)
    .slice(0, MOST_ROWS)
