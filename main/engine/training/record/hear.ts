import type { Epoch } from '#contract'
import type { Message } from '../work.ts'
import type { Point } from './piece.ts'

/** What a line of a program's output says. */
export type Said =
  | { kind: 'message'; message: Message }
  | { kind: 'figures'; points: Point[]; params: Record<string, unknown> }
  | { kind: 'line' }

/** Names under which programs say where they are, and when; the first that is there counts. */
const STEPS = ['step', 'global_step', 'iteration', 'iter', 'batch', 'epoch'] as const
const TIMES = ['at', 'time', 'timestamp', 'wall_time'] as const
/** Names that hold a table of figures or of settings. */
const TABLES = ['metrics', 'scalars', 'values', 'logs']
const SETTINGS = ['params', 'hparams', 'hyperparameters', 'config']
const MESSAGES = new Set(['ready', 'step', 'epoch', 'done', 'failed'])

/** Deeper or longer than this it is not a line of figures. */
const DEEPEST = 4
const MOST = 20_000

/**
 * Reads one line that a program wrote.
 *
 * - What our own worker says, a JSON object with its `kind`, is a message.
 * - A JSON object with a step (`step`, `global_step`, `iteration`, `iter`, `batch` or, without these, `epoch`) is
 *   figures: each number in it is a point under its name, and one in an object within under both names with a `/`
 *   between. Those in `metrics` (`scalars`, `values`, `logs`) keep their own names. `{"name": "loss", "value": 0.3,
 *   "step": 4}` is one point. `at`, `time`, `timestamp` or `wall_time` says when: seconds or milliseconds since 1970, or a
 *   text of ISO 8601. NaN and Infinity, as Python writes them, are values that are no number.
 * - An object in `params` (`hparams`, `hyperparameters`, `config`) is what the run was given.
 * - Everything else is a line of the log, also JSON without a step: programs log in JSON, too.
 *
 * @param at when it came, in seconds since 1970, for lines that do not say it
 */
export function saidIn(line: string, at: number): Said {
  const text = line.trim()
  if (!text.startsWith('{') || !text.endsWith('}') || text.length > MOST * 50) return { kind: 'line' }
  const read = objectIn(text)
  if (!read) return { kind: 'line' }
  if (isMessage(read)) return { kind: 'message', message: read as unknown as Message }

  const params = Object.assign({}, ...SETTINGS.map(name => read[name]).filter(isObject)) as Record<
    string,
    unknown
  >
  const stepName = STEPS.find(name => typeof read[name] === 'number' && Number.isFinite(read[name]))
  if (!stepName)
    return Object.keys(params).length > 0 ? { kind: 'figures', points: [], params } : { kind: 'line' }
  const place = { step: read[stepName] as number, at: momentIn(read) ?? at }
  const points: Point[] = []
  const add = (key: string, value: number) => {
    if (points.length < MOST) points.push({ key, ...place, value })
  }
  const called = [read.name, read.metric, read.key].find(each => typeof each === 'string')
  const value = numberIn(read.value)
  if (typeof called === 'string' && value !== null) add(called, value)
  else {
    const about = new Set<string>([...STEPS, ...TIMES, ...SETTINGS, ...TABLES])
    collect(Object.fromEntries(Object.entries(read).filter(([name]) => !about.has(name))), '', 1, add)
    for (const name of TABLES) if (isObject(read[name])) collect(read[name], '', 1, add)
  }
  return points.length > 0 || Object.keys(params).length > 0
    ? { kind: 'figures', points, params }
    : { kind: 'line' }
}

/** The epochs of our trainers as curves, so that all runs have one kind. */
export function pointsOf(figures: Epoch, at: number, learningRate: number | null): Point[] {
  const { epoch, loss, accuracy, evalLoss, evalAccuracy, seconds } = figures
  const named = {
    loss,
    accuracy,
    eval_loss: evalLoss,
    eval_accuracy: evalAccuracy,
    learning_rate: learningRate,
    seconds,
  }
  return Object.entries(named).flatMap(([key, value]) =>
    value === null ? [] : [{ key, step: epoch, at, value }],
  )
}

type Fields = Record<string, unknown>

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function objectIn(text: string): Fields | null {
  for (const attempt of [() => text, () => withoutBareNumbers(text)])
    try {
      const read: unknown = JSON.parse(attempt())
      return isObject(read) ? read : null
    } catch {}
  return null
}

/** What Python writes of numbers that JSON has no word for, as texts; what stands within texts is left alone. */
const withoutBareNumbers = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, found =>
    found[0] === '"' ? found : `"${found}"`,
  )

const BARE: Record<string, number> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

function numberIn(value: unknown): number | null {
  if (typeof value === 'number') return value
  return typeof value === 'string' ? (BARE[value] ?? null) : null
}

function collect(fields: Fields, before: string, depth: number, add: (key: string, value: number) => void) {
  for (const [name, value] of Object.entries(fields)) {
    const number = numberIn(value)
    if (number !== null) add(before + name, number)
    else if (isObject(value) && depth < DEEPEST) collect(value, `${before}${name}/`, depth + 1, add)
  }
}

function momentIn(read: Fields): number | null {
  for (const name of TIMES) {
    const said = read[name]
    if (typeof said === 'number' && said > 1e9) return said > 1e11 ? said / 1000 : said
    if (typeof said === 'string' && !Number.isNaN(Date.parse(said))) return Date.parse(said) / 1000
  }
  return null
}

function isMessage(read: Fields): boolean {
  if (typeof read.kind !== 'string' || !MESSAGES.has(read.kind)) return false
  if (read.kind === 'ready') return typeof read.backend === 'string' && Array.isArray(read.epochs)
  if (read.kind === 'step') return typeof read.epoch === 'number' && typeof read.share === 'number'
  if (read.kind === 'epoch') return isObject(read.figures) && typeof read.figures.loss === 'number'
  if (read.kind === 'failed') return isObject(read.failure)
  return 'stoppedEarly' in read
}
