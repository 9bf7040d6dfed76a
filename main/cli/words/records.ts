import type { Decision, DeviceEvent, DeviceStory, RecordGap, Stretch } from '#contract'
import { counted } from './figures.ts'
import { tableInWords } from './table.ts'

/** A moment to the second, as all commands write it. */
const moment = (at: string) => at.slice(0, 19).replace('T', ' ')
/** The same for every moment in a sentence. */
const plainTimes = (words: string) => words.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, moment)

const whatIn = ({ state, version }: Stretch) =>
  state === 'serving'
    ? `v${version} answered`
    : { stopped: 'stopped', none: 'none answered', unknown: 'unknown' }[state]

/** Which model decided: the answer as a sentence, and what held one after the other where it was more than one thing. */
export const decidedInWords = ({ words, stretches }: Decision): string =>
  [
    plainTimes(words),
    ...(stretches.length > 1
      ? [
          tableInWords<Stretch>(
            [
              { head: 'what', of: whatIn },
              { head: 'since', of: ({ since }) => since && moment(since) },
              { head: 'until', of: ({ until }) => until && moment(until) },
              {
                head: 'records',
                of: ({ records: { since, until } }) => [since?.seq, until?.seq].filter(Boolean).join(' to '),
              },
              { head: 'why', of: ({ why }) => why, wraps: true },
            ],
            stretches,
          ).join('\n'),
        ]
      : []),
  ].join('\n')

const gapInWords = ({ after, before, why }: RecordGap) =>
  `Records ${after + 1} to ${before - 1} are ${{ missing: 'missing', lost: 'lost', elsewhere: 'in another workspace', 'let-go': 'given up' }[why]}.`

/** The story of a device, its newest records first. */
export const storyInWords = ({
  name,
  site,
  events,
  total,
  newest,
  receipt,
  gaps,
  broken,
}: DeviceStory): string =>
  [
    `${name}${site ? ` (${site})` : ''}: ${counted(total, 'record')}, the newest is ${newest}, received up to ${receipt}.`,
    ...gaps.map(gapInWords),
    ...(broken.length ? [`The chain is broken at ${broken.join(', ')}.`] : []),
    ...tableInWords<DeviceEvent>(
      [
        { head: 'record', of: ({ seq }) => seq, right: true },
        { head: 'when', of: ({ at }) => at && moment(at) },
        { head: 'clock', of: ({ clock }) => (clock === 'trusted' ? null : clock) },
        { head: 'what', of: ({ event }) => event },
        { head: 'more', of: ({ detail }) => plainTimes(detail), wraps: true },
      ],
      events,
    ),
  ].join('\n')
