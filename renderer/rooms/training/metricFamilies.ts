import type { RunMetric } from '#contract'

/** A figure of runs on both splits: the keys under which its curves are recorded. */
export interface MetricFamily {
  name: string
  title: string
  train: string | null
  eval: string | null
}

const TRAIN = /^(?:train|training)[/_.-](.+)$/i
const EVAL = /^(?:val|valid|validation|eval|test)[/_.-](.+)$/i
const AFTER = /^(.+)[/_.-](?:(train|training)|val|valid|validation|eval|test)$/i
const CAMEL = /^(eval|val|train)([A-Z].*)$/

/**
 * The figure and the split that a key names, as Keras, MLflow, TensorBoard and our own trainers write them: `loss`,
 * `eval_loss`, `val_loss`, `train/loss`, `validation/epoch_loss`, `loss/test`, `evalLoss`.
 */
export function figureOf(key: string): { name: string; side: 'train' | 'eval' } {
  const camel = CAMEL.exec(key)
  if (camel?.[2])
    return {
      name: camel[2][0]?.toLowerCase() + camel[2].slice(1),
      side: camel[1] === 'train' ? 'train' : 'eval',
    }
  const train = TRAIN.exec(key)?.[1]
  if (train) return { name: train, side: 'train' }
  const evals = EVAL.exec(key)?.[1]
  if (evals) return { name: evals, side: 'eval' }
  const after = AFTER.exec(key)
  if (after?.[1]) return { name: after[1], side: after[2] ? 'train' : 'eval' }
  const cut = key.lastIndexOf('/')
  const last = cut < 0 ? null : EVAL.exec(key.slice(cut + 1))?.[1]
  return last ? { name: key.slice(0, cut + 1) + last, side: 'eval' } : { name: key, side: 'train' }
}

const FIRST = [
  /^(epoch_)?loss$/i,
  /loss/i,
  /^(epoch_)?(categorical_|binary_|sparse_categorical_)?acc(uracy)?$/i,
  /acc/i,
]
const LAST = /^(seconds|learning_rate|lr|epoch|step)$/i
const rankOf = (name: string): number =>
  LAST.test(name)
    ? FIRST.length + 1
    : (FIRST.findIndex(pattern => pattern.test(name)) + 1 || FIRST.length + 1) - 1

/** "learning_rate" -> "Learning rate"; a name of parts stays as it is. */
export function figureTitle(name: string): string {
  if (/[^\w ]/.test(name)) return name
  const words = name.replaceAll('_', ' ').trim()
  return words ? words[0]?.toUpperCase() + words.slice(1) : name
}

/** Figures that any of the runs has, loss and accuracy first. Two keys of one split and figure stay apart. */
export function familiesOf(metrics: readonly Pick<RunMetric, 'key'>[]): MetricFamily[] {
  const found = new Map<string, MetricFamily>()
  for (const key of [...new Set(metrics.map(metric => metric.key))].sort()) {
    const { name, side } = figureOf(key)
    const known = found.get(name)
    if (known && known[side] === null) known[side] = key
    else if (known) found.set(key, { name: key, title: key, train: key, eval: null })
    else
      found.set(name, {
        name,
        title: figureTitle(name),
        train: side === 'train' ? key : null,
        eval: side === 'eval' ? key : null,
      })
  }
  return [...found.values()].sort((a, b) => rankOf(a.name) - rankOf(b.name) || (a.name < b.name ? -1 : 1))
}

/** The figures that are shown where nobody chose: the first loss, and the first accuracy if there is one. */
export function firstOf(families: readonly MetricFamily[]): string[] {
  const loss = families.find(({ name }) => /loss/i.test(name))
  const accuracy = families.find(({ name }) => /acc/i.test(name))
  const both = [loss, accuracy].flatMap(family => (family ? [family.name] : []))
  return both.length ? both : families.slice(0, 2).map(({ name }) => name)
}

/** Shares from 0 to 1 that are read as percent. */
export const isShare = (name: string): boolean => /acc(uracy)?$/i.test(name)
