import type { Evaluation, Run, RunId, VariantKind } from '#contract'
import { runTitle } from '../../training/index.ts'
import { variantName } from '../variantNames.ts'

/** One of the models that another is compared with, as one key: `run-3`, `variant:tflite-int8`, `file:<id>`. */
export type AgainstKey = string

interface Choice {
  value: AgainstKey
  label: string
  hint: string
}

/**
 * What a run can be compared with: the one in production first, then other runs for the same label, its own other forms
 * that were measured, and predictions from files.
 */
export function choicesFor(
  run: Run,
  variant: VariantKind,
  {
    runs,
    evaluations,
    production,
  }: { runs: readonly Run[]; evaluations: readonly Evaluation[]; production: RunId | null },
): Choice[] {
  const others = runs.filter(
    one => one.id !== run.id && one.task === run.task && one.plan.label === run.plan.label,
  )
  const first = others.filter(one => one.id === production)
  const kinds = [...new Set(evaluations.filter(one => one.run === run.id).map(one => one.variant))]
  return [
    ...first.map(one => ({
      value: one.id as string,
      label: `${runTitle(one.id)}, in production`,
      hint: one.model,
    })),
    ...others
      .filter(one => one.id !== production)
      .map(one => ({ value: one.id as string, label: runTitle(one.id), hint: one.model })),
    ...[...new Set<VariantKind>(['layers', ...kinds])]
      .filter(kind => kind !== variant)
      .map(kind => ({
        value: `variant:${kind}`,
        label: `The same as ${variantName(kind)}`,
        hint: runTitle(run.id),
      })),
    ...evaluations
      .filter(one => one.run === null && one.task === run.task)
      .map(one => ({ value: `file:${one.id}`, label: one.model, hint: 'Predictions from a file' })),
  ]
}

/** What is chosen by itself: production, else the run before, else another form; null: there is nothing to compare with. */
export const defaultAgainst = (choices: readonly Choice[], production: RunId | null): AgainstKey | null =>
  choices.find(choice => choice.value === production)?.value ?? choices[0]?.value ?? null

/**
 * The input of `evaluation compare`: the first of `against` is what all are compared with. Forms are of the run itself, so
 * that they are not mixed with other runs.
 */
export function compareInput(
  run: RunId,
  variant: VariantKind,
  split: Evaluation['split'],
  against: readonly AgainstKey[],
  slice: readonly string[],
): Record<string, unknown> {
  const runs = against.filter(key => /^run-\d+$/.test(key))
  const kinds = against.filter(key => key.startsWith('variant:')).map(key => key.slice('variant:'.length))
  const files = against.filter(key => key.startsWith('file:')).map(key => key.slice('file:'.length))
  const list = runs.length ? [runs[0], run, ...runs.slice(1)] : [run]
  return {
    run: list,
    ...(kinds.length ? { variants: [...kinds, variant] } : variant !== 'layers' && { variants: [variant] }),
    ...(files.length && { evaluations: files }),
    split,
    ...(slice.length && { slice: [...slice] }),
  }
}

/** Why these cannot be compared together; null where they can. */
export const mixTrouble = (against: readonly AgainstKey[]): string | null =>
  against.some(key => key.startsWith('variant:')) && against.some(key => key.startsWith('run-'))
    ? 'Compare either forms of this run or other runs, not both at once.'
    : null
