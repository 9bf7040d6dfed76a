import type { Anomaly, Verdict } from '#contract'

/** What all anomalies together mean: an error that nobody accepted blocks, a warning asks for a look. */
export function verdictOf(anomalies: Anomaly[]): Verdict {
  const open = anomalies.filter(({ accepted }) => !accepted)
  if (open.some(({ severity }) => severity === 'error')) return 'blocked'
  return open.length ? 'look' : 'good'
}
