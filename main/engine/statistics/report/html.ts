import { createHash } from 'node:crypto'
import type { Head, Shown } from '../kept.ts'
import { featureRow, hasMark } from './feature.ts'
import { rowsOf } from './rows.ts'
import { SCRIPT, STYLE } from './still.ts'
import { escaped, numberText } from './text.ts'

/** Features that a page holds at most, and up to how many each also shows the figures of all sides. */
const MOST = 2000
const WHOLE = 400

const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Nothing is loaded from anywhere, and nothing runs but the script that is written here. */
const POLICY = `default-src 'none'; style-src ${digest(STYLE)}; script-src ${digest(SCRIPT)}; base-uri 'none'; form-action 'none'`

/** The features that want a look most, where not all of them can be shown; in the order of the data. */
function chosenOf(one: Shown): Set<number> | null {
  const { entries } = one.shelf
  if (entries.length <= MOST) return null
  const weight = entries.map(
    ({ missing, zeros, drift, nonUniformity }) =>
      Number(missing > 0.02) + Number(zeros > 0.1) + missing + (drift ?? 0) * 2 + (nonUniformity ?? 0) / 10,
  )
  const order = entries
    .map((_, at) => at)
    .sort((a, b) => (weight[b] as number) - (weight[a] as number) || a - b)
  return new Set(order.slice(0, MOST))
}

const ROLES = { train: 'train', eval: 'eval', test: 'test' } as const

function legendOf(head: Head, beside: Head | null): string {
  const splits = Object.keys(head.splits).filter(split => head.splits[split as 'train'])
  const sides = [
    ...(splits.length
      ? splits.map(split => [
          ROLES[split as 'train'],
          `${split}, ${numberText(head.splits[split as 'train'] ?? 0)} rows`,
        ])
      : [['whole', `all, ${numberText(head.rows)} rows`]]),
    ...(beside ? [['other', `${beside.of.title}, ${numberText(beside.rows)} rows`]] : []),
  ]
  return sides
    .map(([role, words]) => `<span class="side"><i class="${role}"></i>${escaped(words as string)}</span>`)
    .join('')
}

const COLUMNS: [key: string, words: string, about?: string][] = [
  ['order', 'Feature'],
  ['', 'Distribution', 'Heights to the power 0.6, so that small shares are seen'],
  ['count', 'Count'],
  ['missing', 'Missing', 'Red above 2%'],
  ['mean', 'Mean'],
  ['deviation', 'Std dev'],
  ['zeros', 'Zeros', 'Red above 10%'],
  ['min', 'Min'],
  ['median', 'Median'],
  ['max', 'Max'],
  ['unique', 'Unique'],
  ['top', 'Most frequent'],
  ['uneven', 'Non-uniformity', '0: all alike, 1: all in one'],
  ['drift', 'Drift', 'Jensen-Shannon divergence, base 2: 0 the same, 1 nothing in common'],
]

/**
 * A report as one file that opens anywhere, also without a network: pictures are in it, light or dark as the reader's
 * system is, and put in order by a small script.
 */
export function htmlOf(one: Shown, beside: Shown | null): { text: string; features: number } {
  const { head } = one
  const chosen = chosenOf(one)
  const all = one.shelf.entries.length
  const rows: string[] = []
  let marked = 0
  let at = 0
  for (const row of rowsOf(one, beside)) {
    if (row.sides.some(({ figures }) => hasMark(figures))) marked++
    if (!chosen || chosen.has(at)) rows.push(featureRow(row, at, all <= WHOLE))
    at++
  }
  const title = `Statistics of ${head.of.title}${beside ? ` beside ${beside.head.of.title}` : ''}`
  const left = [
    ...(chosen
      ? [
          `${numberText(rows.length)} of ${numberText(all)} features are shown, those with the most drift, missing and uneven values; the figures of all are in the .csv report.`,
        ]
      : []),
    ...(all > WHOLE ? ['The figures of each split and the most frequent values are left out.'] : []),
  ]
  const header = COLUMNS.map(([key, words, about]) => {
    const hint = about ? ` title="${escaped(about)}"` : ''
    return key
      ? `<th scope="col"${hint}><button type="button" data-sort="${key}">${words}</button></th>`
      : `<th scope="col"${hint}>${words}</th>`
  }).join('')
  const text = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(POLICY).replaceAll('&#39;', "'")}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Edgewright">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<p>${numberText(head.rows)} rows, ${numberText(all)} features${marked ? `, <b>${numberText(marked)} marked</b>` : ''}${head.weight === undefined ? '' : `, weighed by ${escaped(head.weight)}`}. Computed ${escaped(head.at.slice(0, 16).replace('T', ' '))} UTC.</p>
<p class="legend">${legendOf(head, beside?.head ?? null)}</p>
${left.map(words => `<p class="left">${escaped(words)}</p>\n`).join('')}<p class="tools"><label>Search <input type="search" id="search" autocomplete="off"></label> <label><input type="checkbox" id="marked"> Only marked</label> <span id="shown" role="status"></span></p>
</header>
<main>
<table>
<thead><tr>${header}</tr></thead>
${rows.join('\n')}
</table>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`
  return { text, features: rows.length }
}
