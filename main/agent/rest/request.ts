import { imageOf, inputsOf } from '../../engine/encoding/index.ts'
import { fail } from '../../engine/kit/index.ts'
import type { Answered, Model } from '../serving/index.ts'

/** Instances that one request may bring. */
export const MOST_INSTANCES = 10_000

const FORM = 'Send JSON like {"instances": [{"feature": value, …}]}.'

/** What was asked, in one form: objects by feature name. */
export interface Question {
  instances: Record<string, unknown>[]
  /** What each instance is called: the same one is answered by the same version while a rollout lasts. */
  items: string[] | undefined
  /** `column` was asked with `inputs`, and is answered with `outputs`. */
  form: 'row' | 'column'
  /** `scores` gives plain arrays of numbers, as TensorFlow Serving does. */
  signature: 'serving_default' | 'scores'
}

/**
 * Reads the body of a predict request in the forms of TensorFlow Serving: `instances` (objects by feature name, or
 * lists in the order of the features) and `inputs` (one list a feature).
 * @param signature from the address; the body's `signature_name` goes before it
 * @throws Failure `bad-input` in one sentence that names the feature and what is expected
 */
export function readQuestion(body: unknown, signature: string | undefined, model: Model): Question {
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw fail('bad-input', 'The request is not a JSON object.', FORM)
  const {
    instances,
    inputs,
    items,
    signature_name = signature ?? 'serving_default',
  } = body as Record<string, unknown>
  if (signature_name !== 'serving_default' && signature_name !== 'scores')
    throw fail(
      'bad-input',
      `There is no signature ${JSON.stringify(signature_name).slice(0, 80)}.`,
      'Use "serving_default" or "scores".',
    )
  if (instances !== undefined && inputs !== undefined)
    throw fail('bad-input', 'The request has both "instances" and "inputs".', 'Send one of them.')
  const names = inputsOf(model.transform).map(input => input.name)
  const picture = imageOf(model.transform)?.name
  const rows =
    instances !== undefined
      ? rowsOf(instances, 'instances', names, picture)
      : inputs !== undefined
        ? Array.isArray(inputs)
          ? rowsOf(inputs, 'inputs', names, picture)
          : rowsOfColumns(inputs)
        : null
  if (!rows) throw fail('bad-input', 'The request has neither "instances" nor "inputs".', FORM)
  if (rows.length === 0) throw fail('bad-input', 'The request has no instances.', FORM)
  tooMany(rows.length)
  return {
    instances: rows,
    items: itemsOf(items, rows.length),
    form: instances !== undefined ? 'row' : 'column',
    signature: signature_name,
  }
}

/** Names of the instances: not in TensorFlow Serving's form, which has none. */
function itemsOf(items: unknown, rows: number): string[] | undefined {
  if (items === undefined) return undefined
  if (!Array.isArray(items) || items.length !== rows || items.some(item => typeof item !== 'string'))
    throw fail(
      'bad-input',
      '"items" is not a list with a name for each instance.',
      'Leave it out, or send one text a row.',
    )
  return items as string[]
}

function tooMany(count: number): void {
  if (count > MOST_INSTANCES)
    throw fail(
      'bad-input',
      `The request has ${count} instances, and at most ${MOST_INSTANCES} are answered at once.`,
      'Send them in several requests.',
    )
}

/** A value as TensorFlow Serving's clients send a feature of shape [1] is the value itself. */
const plain = (value: unknown): unknown => (Array.isArray(value) && value.length === 1 ? value[0] : value)

const record = (entries: [string, unknown][]): Record<string, unknown> =>
  Object.fromEntries(entries.map(([name, value]) => [name, plain(value)]))

/** @param picture the name of the one thing that the model takes, where that is a picture: an instance may be it alone */
function rowsOf(
  instances: unknown,
  field: string,
  names: string[],
  picture: string | undefined,
): Record<string, unknown>[] {
  if (!Array.isArray(instances)) throw fail('bad-input', `"${field}" is not a list.`, FORM)
  tooMany(instances.length)
  return instances.map((instance: unknown, row) => {
    if (picture !== undefined && isPicture(instance)) return { [picture]: instance }
    if (!Array.isArray(instance))
      return instance !== null && typeof instance === 'object'
        ? record(Object.entries(instance))
        : (instance as Record<string, unknown>)
    if (instance.length !== names.length)
      throw fail(
        'bad-input',
        `Instance ${row + 1} has ${instance.length} values, and the model has ${names.length} features.`,
        `Send the values in this order: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`,
      )
    return record(names.map((name, i) => [name, instance[i]]))
  })
}

/** As TensorFlow Serving has a tensor of several axes, or bytes. */
const isPicture = (instance: unknown): boolean =>
  Array.isArray(instance) ||
  (instance !== null && typeof instance === 'object' && Object.keys(instance).join() === 'b64')

function rowsOfColumns(inputs: unknown): Record<string, unknown>[] {
  if (inputs === null || typeof inputs !== 'object')
    throw fail('bad-input', '"inputs" is neither an object nor a list.', FORM)
  const columns = Object.entries(inputs).map(
    ([name, values]) => [name, Array.isArray(values) ? values : [values]] as const,
  )
  const [first] = columns
  if (!first) return []
  for (const [name, values] of columns)
    if (values.length !== first[1].length)
      throw fail(
        'bad-input',
        `"${name}" has ${values.length} values and "${first[0]}" has ${first[1].length}.`,
        'Send as many values for each feature as there are rows.',
      )
  tooMany(first[1].length)
  return first[1].map((_, row) => record(columns.map(([name, values]) => [name, values[row]])))
}

/**
 * The answer. Classification gives `{ class, scores: { <class>: <probability> } }` a row, regression the number.
 * With the signature `scores`, a row is a plain array in the order of the classes (regression: the number).
 */
export function answerOf(
  question: Question,
  { predictions, scores, model }: Answered,
): { predictions: unknown[] } | { outputs: unknown } {
  const isNumber = model.file.task === 'regression'
  if (question.signature === 'scores' || isNumber) {
    const rows = isNumber ? scores.map(([value]) => value) : scores
    return question.form === 'row' ? { predictions: rows } : { outputs: rows }
  }
  if (question.form === 'row')
    return {
      predictions: predictions.map(answer =>
        'class' in answer ? { class: answer.class, scores: answer.probabilities } : answer.value,
      ),
    }
  return {
    outputs: {
      class: predictions.map(answer => ('class' in answer ? answer.class : answer.value)),
      scores: Object.fromEntries(
        model.file.label.classes.map((name, i) => [name, scores.map(row => row[i])]),
      ),
    },
  }
}
