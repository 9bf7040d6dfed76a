import type { Drift, Suggestion } from '#contract'
import type { DatasetFeatureStatisticsList } from '../../metadata/index.ts'
import type { Finding } from '../checks/check.ts'
import type { Form } from '../schema/form.ts'

/** The data that limits are suggested from. */
export interface Reference {
  title: string
  list: DatasetFeatureStatisticsList
}

export function suggest(_reference: Reference, _form: Form): Suggestion[] {
  return []
}

export function applySuggested(
  _reference: Reference,
  _form: Form,
  _list: DatasetFeatureStatisticsList,
): Finding[] {
  return []
}

export function driftsOf(
  _list: DatasetFeatureStatisticsList,
  _reference: Reference,
  _form: Form,
): { feature: string; drift: Drift }[] {
  return []
}
