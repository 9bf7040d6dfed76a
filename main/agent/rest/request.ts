import { imageOf } from '../../engine/encoding/index.ts'
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
  const rows =
    instances !== undefined
      ? rowsOf(instances, 'instances', model)
      : inputs !== undefined
        ? Array.isArray(inputs)
          ? rowsOf(inputs, 'inputs', model)
          : rowsOfColumns(inputs, model)
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

type Row = Record<string, unknown>

const isObject = (value: unknown): value is Row =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** Bytes in base64, as TensorFlow Serving has them. */
const isBytes = (value: unknown): value is { b64: unknown } =>
  isObject(value) && 'b64' in value && Object.keys(value).length === 1

/** @param field that brings them */
function rowsOf(instances: unknown, field: string, { inputs, transform }: Model): Row[] {
  if (!Array.isArray(instances)) throw fail('bad-input', `"${field}" is not a list.`, FORM)
  tooMany(instances.length)
  const picture = imageOf(transform)?.name
  if (picture !== undefined)
    return instances.map(each => (isObject(each) && !isBytes(each) ? each : { [picture]: each }))
  const only = inputs.length === 1 ? inputs[0]?.name : undefined
  return instances.map((instance: unknown, row) => {
    if (Array.isArray(instance)) return inOrder(instance, row, inputs)
    // The one thing that a model takes may come without its name.
    if (only !== undefined && instance !== null && (!isObject(instance) || isBytes(instance)))
      return { [only]: plain(instance, only, row) }
    return isObject(instance) ? plainRow(instance, row) : (instance as Row)
  })
}

function inOrder(values: unknown[], row: number, inputs: Model['inputs']): Row {
  if (values.length !== inputs.length) {
    const names = inputs.map(({ name }) => name)
    throw fail(
      'bad-input',
      `Instance ${row + 1} has ${values.length} values, and the model has ${names.length} features.`,
      `Send the values in this order: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}.`,
    )
  }
  return Object.fromEntries(inputs.map(({ name }, i) => [name, plain(values[i], name, row)]))
}

function rowsOfColumns(inputs: unknown, { transform }: Model): Row[] {
  if (!isObject(inputs)) throw fail('bad-input', '"inputs" is neither an object nor a list.', FORM)
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
  const rows = first[1].map((_, row) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[row]])),
  )
  return imageOf(transform) ? rows : rows.map(plainRow)
}

/** An instance whose values are plain; itself where they are so already, as they nearly always are. */
function plainRow(instance: Row, row: number): Row {
  for (const name in instance)
    if (typeof instance[name] === 'object' && instance[name] !== null)
      return Object.fromEntries(
        Object.entries(instance).map(([name, value]) => [name, plain(value, name, row)]),
      )
  return instance
}

/** A feature as TensorFlow Serving's clients send it: a tensor of shape [1] is the value in it, bytes are a text. */
function plain(value: unknown, name: string, row: number): unknown {
  if (Array.isArray(value) && value.length === 1) return plain(value[0], name, row)
  if (!isBytes(value)) return value
  if (typeof value.b64 !== 'string' || !BASE64.test(value.b64))
    throw fail(
      'bad-input',
      `Instance ${row + 1}: "${name}" has a "b64" that is no base64.`,
      'Send the bytes of the text in base64, or the text itself.',
    )
  return Buffer.from(value.b64, 'base64').toString()
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

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
