import type { ModelVersion, Run } from '#contract'
import { bytes, NONE } from '../../ui/format.ts'
import { gateVerdict, metricKeys, metricText, metricWord } from '../evaluation/index.ts'
import { type CompareRow, compareRuns, runTitle } from '../training/index.ts'

type Line = [key: string, label: string, of: (version: ModelVersion) => string]

/** Two or more versions side by side: figures, files and what made them; what differs stands first. */
export function compareVersions(versions: ModelVersion[], runs: Run[]): CompareRow[] {
  const keys = [...new Set(versions.flatMap(version => metricKeys(version.metrics ?? {})))]
  const kinds = [...new Set(versions.flatMap(version => version.variants.map(one => one.kind)))]
  const lines: Line[] = [
    ...keys.map(
      (key): Line => [key, metricWord(key).title, version => metricText(key, version.metrics?.[key] ?? null)],
    ),
    ['gate', 'Gate', version => gateVerdict(version.gate).title],
    ...kinds.map(
      (kind): Line => [
        `size-${kind}`,
        `Size, ${kind}`,
        version => bytes(version.variants.find(one => one.kind === kind)?.bytes),
      ],
    ),
    ['aliases', 'Aliases', version => version.aliases.join(', ') || NONE],
    ['run', 'Made by', version => runTitle(version.run)],
  ]
  const own = lines.map(([key, label, of]): CompareRow => {
    const values = versions.map(of)
    return { key, label, part: 'result', values, differs: new Set(values).size > 1 }
  })
  const theirs = versions.map(version => runs.find(run => run.id === version.run))
  const made = theirs.every(run => run !== undefined)
    ? compareRuns(theirs as Run[]).filter(row => row.part === 'plan')
    : []
  const all = [...own, ...made]
  return [...all.filter(row => row.differs), ...all.filter(row => !row.differs)]
}
