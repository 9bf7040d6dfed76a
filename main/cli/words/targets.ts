import type { TargetCheck, TargetKind, TargetSpec } from '#contract'
import { counted, firstOf, named } from './figures.ts'
import { tableInWords } from './table.ts'

/** What each state of a check is called in front of its sentence. */
const STATES: Record<TargetCheck['state'], string> = { ok: 'ok', warning: 'note', failed: 'failed' }

/** One target in a line, what it needs to be reached below. */
export const targetInWords = ({ name, kind, address, key, cert, atOnce, paused }: TargetSpec): string =>
  [
    `${name}: ${kind}${address ? ` at ${address}` : ''}, ${counted(atOnce, 'run')} at once${paused ? ', paused' : ''}`,
    ...named([
      ['key', key],
      ['certificates', cert],
    ]),
  ].join('\n')

export const removedTargetInWords = ({ name }: TargetSpec): string =>
  `The target "${name}" is removed; what lies there stays.`

export const targetsInWords = ({ targets }: { targets: TargetSpec[] }): string =>
  targets.length
    ? tableInWords<TargetSpec>(
        [
          { head: 'target', of: ({ name }) => name },
          { head: 'kind', of: ({ kind }) => kind },
          { head: 'address', of: ({ address }) => address, wraps: true },
          { head: 'at once', of: ({ atOnce }) => atOnce, right: true },
          { head: '', of: ({ paused }) => (paused ? 'paused' : null) },
        ],
        targets,
      ).join('\n')
    : 'There is no target but this computer ("local"). Add one with: edgewright training target add'

interface Checked {
  name: string
  kind: TargetKind
  ok: boolean
  checks: TargetCheck[]
}

/** What works on a target: one line a thing, what to do about it below. */
export function checkedInWords({ name, kind, ok, checks }: Checked): string {
  const width = Math.max(0, ...checks.map(check => check.name.length))
  return [
    `${name} (${kind}) ${ok ? 'can be used' : 'cannot be used'}`,
    ...checks.flatMap(({ name: what, state, says, remedy }) => [
      `  ${STATES[state].padEnd(6)}  ${what.padEnd(width)}  ${says}`,
      ...(remedy ? [`  ${' '.repeat(8 + width)}  ${remedy}`] : []),
    ]),
  ].join('\n')
}

export const preparedInWords = ({ name, images }: { name: string; images: string[] }): string =>
  images.length ? `${name} is prepared: ${firstOf(images, 5)}` : `${name} is prepared.`

export const tidiedInWords = ({ name, removed }: { name: string; removed: number }): string =>
  removed ? `${counted(removed, 'file')} removed from ${name}.` : `There was nothing to remove from ${name}.`

interface Choice {
  name: string
  title: string
  ready: boolean
  why: string
}

interface Choices {
  trainers: { name: string; title: string; suits: string; uses: string[] }[]
  targets: Choice[]
  backends: Choice[]
}

const choicesInWords = (what: string, choices: Choice[]): string[] =>
  tableInWords<Choice>(
    [
      { head: what, of: ({ name }) => name },
      { head: 'what it is', of: ({ name, title }) => (title === name ? null : title) },
      { head: 'ready', of: ({ ready }) => (ready ? 'yes' : 'no') },
      { head: 'why', of: ({ why }) => why, wraps: true },
    ],
    choices,
  )

/** What can train, where, and with what arithmetic. */
export const trainingChoicesInWords = ({ trainers, targets, backends }: Choices): string =>
  [
    tableInWords(
      [
        { head: 'trainer', of: ({ name }) => name },
        { head: 'what it is', of: ({ title }) => title, wraps: true },
        { head: 'learns from', of: ({ suits }) => suits },
      ],
      trainers,
    ),
    choicesInWords('target', targets),
    choicesInWords('backend', backends),
  ]
    .map(lines => lines.join('\n'))
    .join('\n\n')
