import { AnomalyInfo_Severity, AnomalyInfo_Type } from '../../metadata/index.ts'

/** One thing that is wrong with a feature or a dataset: its kind, its title and the sentence about it. */
export interface Reason {
  type: AnomalyInfo_Type
  title: string
  sentence: string
}

type Kind = keyof typeof AnomalyInfo_Type

export const reason = (kind: Kind, title: string, sentence = ''): Reason => ({
  type: AnomalyInfo_Type[kind],
  title,
  sentence,
})

/** Another severity than ERROR for one kind of anomaly. */
export interface Override {
  type: AnomalyInfo_Type
  severity: AnomalyInfo_Severity
}

/** The severest of the reasons; of several overrides of one kind the last counts. UNKNOWN: not worth telling. */
export function severityOf(reasons: readonly Reason[], overrides: readonly Override[]): AnomalyInfo_Severity {
  let severest: AnomalyInfo_Severity = AnomalyInfo_Severity.UNKNOWN
  for (const { type } of reasons) {
    const override = overrides.findLast(one => one.type === type)
    severest = severer(severest, override ? override.severity : AnomalyInfo_Severity.ERROR)
  }
  return severest
}

export const severer = (a: AnomalyInfo_Severity, b: AnomalyInfo_Severity): AnomalyInfo_Severity =>
  a > b ? a : b
