import type { Search, SearchSummary, SearchTrial, TargetQueue } from '#contract'
import { counted, figure } from './figures.ts'
import { tableInWords } from './table.ts'

/** A value that was drawn, as a person would write it. */
const drawn = (value: unknown): string =>
  typeof value === 'number' ? figure(value) : typeof value === 'string' ? value : JSON.stringify(value)

const bestOf = ({ best, objective }: SearchSummary): string | null =>
  best && `${best.run}, ${objective} ${best.value === null ? 'not known' : figure(best.value)}`

const KINDS = { grid: 'grid', random: 'random draws', halving: 'successive halving' } as const

export const searchesInWords = ({ searches }: { searches: SearchSummary[] }): string =>
  searches.length
    ? tableInWords<SearchSummary>(
        [
          { head: 'search', of: ({ id }) => id },
          { head: 'model', of: ({ model }) => model },
          { head: 'state', of: ({ state }) => state },
          { head: 'trials', of: ({ ended, trials }) => `${ended} of ${trials}`, right: true },
          { head: 'best', of: bestOf, wraps: true },
        ],
        searches,
      ).join('\n')
    : 'There is no search. Begin one with: edgewright training start --search random --hparams JSON'

/** A search: what was tried, the best first, and why a trial did not come to its end. */
export function searchInWords(search: Search): string {
  const { id, kind, state, model, objective, goal, rungs, axes, failure } = search
  const names = axes.map(({ name }) => name)
  // What has no value yet stands last, and among equals the first that was drawn.
  const rank = ({ value }: SearchTrial) =>
    value === null ? Number.MAX_VALUE : goal === 'least' ? value : -value
  const trials = [...search.trials].sort((a, b) => rank(a) - rank(b) || a.number - b.number)
  return [
    `${id} of ${model} ${state}: ${KINDS[kind]} over ${names.join(', ')}, judged by the ${goal} ${objective}`,
    ...(rungs.length
      ? [rungs.map(rung => `${counted(rung.trials, 'trial')} to epoch ${rung.epochs}`).join(', then ')]
      : []),
    ...(failure ? [`${failure.message} ${failure.remedy}`] : []),
    '',
    ...tableInWords<SearchTrial>(
      [
        { head: 'trial', of: ({ number }) => number, right: true },
        { head: 'run', of: ({ run }) => run },
        { head: objective, of: ({ value }) => (value === null ? null : figure(value)), right: true },
        ...names.map(name => ({
          head: name,
          of: ({ hparams }: SearchTrial) => (name in hparams ? drawn(hparams[name]) : null),
          right: true,
        })),
        { head: 'state', of: ({ state: how }) => how },
        { head: 'why', of: ({ why }) => why, wraps: true },
      ],
      trials,
    ),
  ].join('\n')
}

/** What each target does and what waits for it, in the order in which it begins. */
export const queueInWords = ({ targets }: { targets: TargetQueue[] }): string =>
  targets
    .map(({ name, atOnce, paused, running, waiting }) =>
      [
        `${name}: ${counted(running.length, 'run')} of ${atOnce} at once, ${waiting.length || 'none'} waiting${paused ? ', paused' : ''}`,
        ...running.map(({ id, title }) => `  runs   ${id}  ${title}`),
        ...waiting.map(
          ({ id, title, priority }) => `  waits  ${id}  ${title}${priority ? `, priority ${priority}` : ''}`,
        ),
      ].join('\n'),
    )
    .join('\n')
