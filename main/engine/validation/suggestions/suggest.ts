import type { Suggestion } from '#contract'
import type { Form } from '../schema/form.ts'
import { domainMass } from './domainMass.ts'
import { drift } from './drift.ts'
import { figuresOf } from './figures.ts'
import { presence } from './presence.ts'
import { range } from './range.ts'
import { rows } from './rows.ts'
import type { Reference, Suggests } from './suggestion.ts'
import { unique } from './unique.ts'

/** All kinds of limits that are suggested, in the order they are shown. */
const all: Readonly<Record<Suggestion['kind'], Suggests>> = {
  rows,
  range,
  drift,
  presence,
  'domain-mass': domainMass,
  unique,
}

export interface SuggestOptions {
  /** Kinds that are not to be suggested. */
  without?: readonly Suggestion['kind'][]
  signal?: AbortSignal
}

/**
 * Limits that the data itself suggests and that a schema does not have yet. The same data and schema give the same
 * suggestions. Those of one feature come together.
 * @throws Failure bad-input where the statistics are of no dataset
 */
export function suggest(
  reference: Reference,
  form: Form,
  { without = [], signal }: SuggestOptions = {},
): Suggestion[] {
  const data = figuresOf(reference.list)
  if (data.rows === 0) return []
  const wanted = Object.entries(all).flatMap(([kind, one]) =>
    without.includes(kind as Suggestion['kind']) ? [] : [one],
  )
  const found = wanted.flatMap(({ dataset }) => dataset?.({ reference, data, form }) ?? [])
  for (const feature of form.features) {
    signal?.throwIfAborted()
    const figures = data.features.get(feature.name)
    if (!figures || feature.deprecated) continue
    for (const one of wanted) {
      const suggestion = one.feature?.({ reference, data, form, feature, figures })
      if (suggestion) found.push(suggestion)
    }
  }
  return found
}
