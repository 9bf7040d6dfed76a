import type { Anomaly, Schema, SchemaFeature, Suggestion, Validation } from '#contract'
import { counted, figure, firstOf, named } from './figures.ts'
import { type TableColumn, tableInWords } from './table.ts'

/** What was found, in a sentence, with what else a person must know of it. */
function findingInWords({ detail, examples, split, slice, suggested, accepted }: Anomaly): string {
  const unsaid = examples.filter(example => !detail.includes(example))
  return [
    detail,
    unsaid.length > 0 ? `For example: ${firstOf(unsaid, 3)}.` : null,
    split || slice ? `In ${[split, slice && `the slice ${slice}`].filter(Boolean).join(', ')}.` : null,
    suggested ? 'The limit is suggested, not set.' : null,
    accepted ? `Accepted: ${accepted.reason}` : null,
  ]
    .filter(Boolean)
    .join(' ')
}

const ANOMALY: TableColumn<Anomaly>[] = [
  { head: 'feature', of: ({ feature }) => feature },
  { head: 'severity', of: ({ severity }) => severity },
  { head: 'finding', wraps: true, of: findingInWords },
  { head: 'kind', of: ({ kind }) => kind },
]

/** Errors first; otherwise in the order they were found. */
const gravestFirst = <Item>(items: readonly Item[], of: (item: Item) => Anomaly): Item[] => {
  const isError = (item: Item) => of(item).severity === 'error'
  return [...items.filter(isError), ...items.filter(item => !isError(item))]
}

const anomaliesInWords = (anomalies: readonly Anomaly[]): string[] =>
  anomalies.length === 0
    ? []
    : [
        '',
        ...tableInWords(
          ANOMALY,
          gravestFirst(anomalies, each => each),
        ),
      ]

const VERDICT = { good: 'good', look: 'take a look', blocked: 'blocked' } as const

/** The verdict with how much was found: `blocked, 2 errors and 1 warning`. */
function verdictInWords({ verdict, anomalies }: Pick<Validation, 'verdict' | 'anomalies'>): string {
  const errors = anomalies.filter(({ severity }) => severity === 'error').length
  const warnings = anomalies.length - errors
  const found = [errors && counted(errors, 'error'), warnings && counted(warnings, 'warning')].filter(Boolean)
  return `${VERDICT[verdict]}, ${found.length > 0 ? found.join(' and ') : 'nothing was found'}`
}

/** A check for a person: the verdict, then what it rests on. */
export const validationInWords = (checked: Validation): string =>
  [
    `${checked.title}: ${verdictInWords(checked)}`,
    ...named([
      ['against', checked.against],
      ['environment', checked.environment],
      ['file', checked.out ?? ''],
    ]),
    ...anomaliesInWords(checked.anomalies),
    ...(checked.drifts.length > 0
      ? [
          '',
          ...tableInWords(
            [
              { head: 'distance of', of: ({ feature }) => feature },
              { head: 'kind', of: ({ kind }) => kind },
              { head: 'value', right: true, of: ({ drift }) => figure(drift.value) },
              {
                head: 'limit',
                right: true,
                of: ({ drift }) => (drift.threshold === null ? null : figure(drift.threshold)),
              },
              { head: 'measure', of: ({ drift }) => drift.measure },
              {
                head: 'as TFDV counts',
                right: true,
                of: ({ drift }) => (drift.tfdv === null ? null : figure(drift.tfdv)),
              },
            ],
            checked.drifts,
          ),
        ]
      : []),
  ].join('\n')

/** Anomalies of a file. */
export const anomalyFileInWords = (
  read: Pick<Validation, 'title' | 'verdict' | 'anomalies' | 'out'>,
): string =>
  [
    `${read.title}: ${verdictInWords(read)}`,
    ...named([['file', read.out ?? '']]),
    ...anomaliesInWords(read.anomalies),
  ].join('\n')

type Alert = { dataset: string; anomaly: Anomaly }

/** What is open in all datasets. */
export const alertsInWords = ({ alerts }: { alerts: Alert[] }): string =>
  alerts.length === 0
    ? 'Nothing is open.'
    : tableInWords<Alert>(
        [
          { head: 'dataset', of: ({ dataset }) => dataset },
          ...ANOMALY.map(column => ({ ...column, of: ({ anomaly }: Alert) => column.of(anomaly) })),
        ],
        gravestFirst(alerts, ({ anomaly }) => anomaly),
      ).join('\n')

const rangeInWords = (range: { min: number | null; max: number | null } | null | undefined, what = '') => {
  if (!range || (range.min === null && range.max === null)) return null
  const { min, max } = range
  const words = min === null ? `at most ${max}` : max === null ? `at least ${min}` : `${min} to ${max}`
  return `${words}${what}`
}

/** What a feature's values may be. */
const allowedInWords = ({ domain, range, unique, deprecated, notInEnvironments = [] }: SchemaFeature) =>
  [
    deprecated ? 'not looked at any more' : null,
    domain && firstOf(domain, 6),
    rangeInWords(range),
    rangeInWords(unique, ' different values'),
    notInEnvironments.length > 0 ? `not in ${notInEnvironments.join(', ')}` : null,
  ]
    .filter(Boolean)
    .join('; ')

const FEATURE: TableColumn<SchemaFeature>[] = [
  { head: 'feature', of: ({ name }) => name },
  { head: 'type', of: ({ type }) => type },
  { head: 'required', of: ({ required }) => (required ? 'yes' : 'no') },
  {
    head: 'rows with a value',
    right: true,
    of: ({ minPresence }) => (minPresence > 0 ? `${figure(100 * minPresence)}%` : null),
  },
  { head: 'allowed', wraps: true, of: allowedInWords },
]

/** A schema for a person: a line for each feature. Its whole text is for files. */
export const schemaInWords = (schema: Schema): string =>
  [
    `Schema ${schema.number} of ${schema.dataset}: ${counted(schema.features.length, 'feature')}`,
    ...named([
      ['rows', rangeInWords(schema.rows)],
      ['environments', schema.environments.join(', ')],
      ['file', schema.out ?? ''],
    ]),
    '',
    ...tableInWords(FEATURE, schema.features),
  ].join('\n')

/** The schema of a dataset and its newest check, where there are any. */
export const shownValidationInWords = (shown: {
  schema: Schema | null
  validation: Validation | null
}): string =>
  [
    shown.schema ? schemaInWords(shown.schema) : 'There is no schema yet: validation infer makes one.',
    shown.validation
      ? validationInWords(shown.validation)
      : 'Nothing was checked yet: validation check does.',
  ].join('\n\n')

/** Limits that the data suggests. */
export const suggestionsInWords = ({ suggestions }: { suggestions: Suggestion[] }): string =>
  suggestions.length === 0
    ? 'The data suggests no limit that the schema does not have.'
    : tableInWords<Suggestion>(
        [
          { head: 'id', of: ({ id }) => id },
          {
            head: 'limit',
            wraps: true,
            of: ({ title, why, now }) => `${title}: ${why}${now === null ? '' : `; now ${now}`}`,
          },
        ],
        suggestions,
      ).join('\n')
