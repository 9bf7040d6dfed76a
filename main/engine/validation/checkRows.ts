import type { Anomaly, AnomalyKind, Split } from '#contract'
import type { Table } from '../dataset/index.ts'
import type { JobContext } from '../jobs/index.ts'
import type { DatasetFeatureStatisticsList, Schema } from '../metadata/index.ts'
import type { StatisticsRoom } from '../statistics/index.ts'
import { type Checked, type Controls, checkStatistics, checkStrictly } from './check.ts'
import { anomalyOf } from './checks/check.ts'
import { type Check, checks } from './checks/index.ts'
import { recounted } from './recount.ts'
import { formOf } from './schema/form.ts'
import { countFound, figuresOf, newcomers } from './suggestions/index.ts'
import { overridden } from './weighed.ts'

/** Rules of TensorFlow Data Validation that are left to the checks that look at the rows themselves. */
const OF_ROWS: ReadonlySet<string> = new Set([
  'SCHEMA_MISSING_COLUMN',
  'SCHEMA_NEW_COLUMN',
  'UNEXPECTED_DATA_TYPE',
  'FEATURE_TYPE_LOW_FRACTION_PRESENT',
])

/** What else a check needs beside the rows. */
export interface Asked {
  statistics: StatisticsRoom
  schema: Schema
  controls: Controls
  environment: string | undefined
  label: string | null
}

/**
 * What the schema says of each cell, with the rows that break it, and the rules over statistics.
 * @param running the checks of cells; @param tell told of each
 */
export async function lookAt(
  table: Table,
  job: JobContext,
  { statistics, schema, controls, environment, label }: Asked,
  { running, tell }: { running: readonly Check[]; tell(done: number, step: string): void },
): Promise<Anomaly[]> {
  const figures = await statistics.ensure(table, { ...job, makes: () => {} }, { from: 0.3, to: 0.6 })
  const { features } = formOf(schema)
  const expected = features.filter(
    feature => !feature.deprecated && !(environment && feature.notInEnvironments?.includes(environment)),
  )
  const known = new Set(
    features.filter(feature => feature.deprecated || expected.includes(feature)).map(({ name }) => name),
  )
  const anomalies: Anomaly[] = []
  const before = controls.previous && figuresOf(controls.previous.list).features
  const session = await table.session(job.signal)
  try {
    for (const [at, { kind, run }] of running.entries()) {
      tell(at / running.length, `checking: ${kind.replaceAll('-', ' ')}`)
      const asked = {
        table,
        session,
        statistics: figures,
        schema: expected,
        known,
        newcomers: (feature: string) => newcomers(before?.get(feature) ?? { texts: null, present: 0 }),
        label,
        signal: job.signal,
      }
      anomalies.push(...overridden((await run(asked)).map(anomalyOf), controls.severityOverrides ?? []))
    }
  } finally {
    session.close()
  }

  tell(1, 'counting values')
  const whole = await statistics.protoOf(table, { signal: job.signal })
  const ofRows = new Set(anomalies.map(({ feature, kind }) => `${kind} ${feature}`))
  const isNews = ({ type, kind, feature }: Anomaly) =>
    !OF_ROWS.has(type ?? '') &&
    !ofRows.has(`${kind} ${feature}`) &&
    !(kind === 'wrong-shape' && ofRows.has(`too-many-missing ${feature}`)) &&
    !(kind === 'missing-column' && ofRows.has(`too-many-missing ${feature}`))
  const { anomalies: byRules } = checkStatistics(
    whole,
    schema,
    { ...controls, previous: undefined, serving: undefined },
    environment,
  )
  return [...anomalies, ...byRules.filter(isNews)]
}

/**
 * All checks of rows: what the schema says of each cell, with the rows that break it; the rules over statistics; what
 * the data before suggest; and what no schema asks for.
 * @param now statistics of the rows that are compared with other data, and of which split they are; null: nothing is
 */
export async function checkRows(
  table: Table,
  job: JobContext,
  {
    without,
    now,
    ...asked
  }: Asked & {
    without: readonly AnomalyKind[]
    now: { list: DatasetFeatureStatisticsList; split: Split | null } | null
  },
): Promise<Checked> {
  const { statistics, schema, controls, environment } = asked
  if (environment !== undefined && !formOf(schema).environments.includes(environment))
    // The rules say which there are.
    checkStrictly(await statistics.protoOf(table, { signal: job.signal }), schema, {}, environment)
  // Conditions that compare with the data before are asked where those are at hand.
  const alone = now ? { ...controls, customValidation: undefined } : controls
  const anomalies = await lookAt(
    table,
    job,
    { ...asked, controls: alone },
    {
      running: checks.filter(({ kind, ours }) => !(ours && without.includes(kind))),
      tell: (done, step) => job.progress(0.6 + 0.2 * done, step),
    },
  )

  if (!now) return { anomalies, drifts: [] }
  const counting = await table.session(job.signal)
  try {
    const { previous } = controls
    const list = previous ? await recounted(now.list, previous.list, table, now.split, counting) : now.list
    const compared = checkStatistics(list, schema, controls, environment)
    const isOfPart = now.split !== null
    const fromBefore = compared.anomalies.filter(
      anomaly =>
        (anomaly.kind === 'custom' ||
          anomaly.kind === 'drift' ||
          anomaly.kind === 'skew' ||
          anomaly.suggested) &&
        // A part of the data has fewer rows than the whole by its nature.
        !(isOfPart && anomaly.kind === 'wrong-rows') &&
        // Where a feature is known to be wrong, that it looks otherwise than before is no news.
        !anomalies.some(
          ({ feature, kind, severity }) =>
            feature === anomaly.feature &&
            (kind === anomaly.kind || (anomaly.suggested && severity === 'error')),
        ),
    )
    // Rows beyond a suggested range are counted in all rows, wherever they were first seen.
    const placed = fromBefore.map(anomaly => ({
      ...anomaly,
      split: anomaly.kind === 'out-of-range' ? null : now.split,
    }))
    const counted = await countFound(placed, table, counting)
    return { anomalies: [...anomalies, ...counted.map(anomalyOf)], drifts: compared.drifts }
  } finally {
    counting.close()
  }
}
