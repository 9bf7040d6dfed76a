import { Plan } from '#contract'
import { fail } from '../../kit/index.ts'
import { TRAINERS } from './list.ts'

/** Other names by which people call fields of a plan. */
const ALIASES: Record<string, string> = { lr: 'learningRate', batchSize: 'batch', hiddenUnits: 'layers' }

/** Fields that `units` may stand for, too. */
const UNITS = 'units'

/**
 * A plan whose fields are set by its hyper-parameters: by the names that the plan's trainer uses, in either spelling
 * (`learningRate`, `learning_rate`), and what people call them else (`lr`, `batch_size`); the plan keeps them by their
 * one name, so that runs are compared by it. `layers` may be how many there
 * are, each of `units`; `units` alone brings every layer of the plan to that width. Idempotent: hyper-parameters that
 * were set once set the same again.
 * @throws Failure `bad-input` for a name that the trainer does not know, with those it knows, or for a value that a
 * field does not take
 */
export function planWith(plan: Plan, hparams: Record<string, unknown> = plan.hparams): Plan {
  const trainer = TRAINERS.find(each => each.name === plan.trainer)
  // A program of one's own knows what its hyper-parameters mean.
  if (!trainer || plan.image !== undefined || plan.script !== undefined) return { ...plan, hparams }
  const own = trainer.hparams ?? {}
  const known = [
    ...trainer.uses,
    ...(trainer.uses.includes('layers') && !Object.hasOwn(own, UNITS) ? [UNITS] : []),
    ...Object.keys(own),
  ]
  const change: Record<string, unknown> = {}
  const named: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(hparams)) {
    const kept = Object.hasOwn(own, name) ? own[name] : undefined
    if (kept) {
      named[name] = value
      if (kept.fits(value)) continue
      throw fail(
        'bad-input',
        `${JSON.stringify(value)} is no value for "${name}" of the trainer ${trainer.name}.`,
        `It takes ${kept.takes}.`,
      )
    }
    const spelled = name.replace(/[_-](\w)/g, (_, letter: string) => letter.toUpperCase())
    const field = ALIASES[spelled] ?? spelled
    if (!known.includes(field))
      throw fail(
        'bad-input',
        `The trainer ${trainer.name} has no hyper-parameter "${name}".`,
        `It has ${known.join(', ')}.`,
      )
    if (Object.hasOwn(change, field))
      throw fail('bad-input', `"${name}" is given twice, under two names.`, 'Give it once.')
    change[field] = value
    named[field] = value
  }
  const { [UNITS]: units, layers, ...rest } = change
  const set = {
    ...plan,
    ...rest,
    ...(layers !== undefined || units !== undefined ? { layers: layersOf(plan, layers, units) } : {}),
    hparams: named,
  }
  const parsed = Plan.safeParse(set)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = String(issue?.path[0] ?? 'hparams')
  throw fail(
    'bad-input',
    `${JSON.stringify(set[field as keyof typeof set])} is no value for "${field}": ${issue?.message}.`,
    'Give a value that the field of the plan takes.',
  )
}

/** What `layers` and `units` mean together; what makes no sense stays as it is, and the plan refuses it. */
function layersOf(plan: Plan, layers: unknown = plan.layers, units: unknown): unknown {
  const width = Array.isArray(layers) ? layers.length : layers
  if (Array.isArray(units)) return units
  if (typeof width !== 'number' || !Number.isInteger(width) || width < 0 || width > 32) return layers
  if (units !== undefined) return new Array(width).fill(units)
  return Array.isArray(layers) ? layers : new Array(width).fill(plan.layers[0] ?? 64)
}
