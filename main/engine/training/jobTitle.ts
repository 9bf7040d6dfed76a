import { basename } from 'node:path'
import { Plan } from '#contract'
import type { Doors } from '../jobs/index.ts'
import { canonicalJson } from '../kit/index.ts'

type Started = Parameters<Doors['training']['start']>[0]

/** Fields that a title says otherwise, or that nobody tells one job from another by. */
const ELSEWHERE = new Set<string>([
  ...['dataset', 'label', 'name', 'trainer', 'target', 'script', 'image', 'hparams'],
  ...['search', 'trials', 'objective', 'goal', 'stopping', 'factor', 'minEpochs', 'priority'],
])

const USUAL = Plan.parse({ dataset: 'd', label: 'l', name: 'n' }) as Record<string, unknown>

/** "learningRate" and "learning_rate" as "learning rate". */
const spelled = (name: string): string =>
  name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`).replace(/[_-]+/g, ' ')

function told(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(4)))
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every(each => typeof each === 'number')) return value.join('-') || 'none'
  if (Array.isArray(value) && value.every(each => typeof each === 'string'))
    return value.length > 3 ? `${value.length} columns` : value.join(' ')
  return JSON.stringify(value)
}

/** Values by name in words: "learning rate 0.01", "flip". */
export const valueWords = (values: Record<string, unknown>): string[] =>
  Object.entries(values).map(([name, value]) =>
    value === true ? spelled(name) : `${spelled(name)} ${told(value)}`,
  )

/**
 * What the job of a training is called: the model, what learns, where, and all that is not as usual, so that two that
 * wait for the same target can be told apart.
 */
export function startTitle(asked: Started): string {
  const { name, dataset, label, trainer, target, script, image, hparams = {}, search, trials } = asked
  const model = name ?? dataset.replace(/@.*$/, '')
  const learns = script === undefined ? (image ?? trainer) : basename(script)
  const unusual = Object.entries(asked).filter(
    ([field, value]) =>
      !ELSEWHERE.has(field) &&
      value !== undefined &&
      canonicalJson(value) !== canonicalJson(USUAL[field] ?? null),
  )
  const searched = search && `${trials === undefined ? '' : `${trials} trials, `}${search} search`
  const values = [...valueWords(Object.fromEntries(unusual)), ...(search ? [] : valueWords(hparams))]
  return [
    `Train ${model}: ${learns}${label === undefined ? '' : ` for ${label}`} on ${target}`,
    ...(searched ? [searched] : []),
    ...values,
  ].join(', ')
}

/** What the job of a trial is called: its number, the model, and the values that the trials do not share. */
export function trialTitle(
  number: number,
  { plan, trials }: { plan: Pick<Plan, 'name'>; trials: { hparams: Record<string, unknown> }[] },
): string {
  const given = trials.map(({ hparams }) => hparams)
  const own = given[number - 1] ?? {}
  const varied = Object.entries(own).filter(([name, value]) =>
    given.some(other => canonicalJson(other[name] ?? null) !== canonicalJson(value)),
  )
  return [
    `Trial ${number} of ${trials.length}: ${plan.name}`,
    ...valueWords(Object.fromEntries(varied)),
  ].join(', ')
}
