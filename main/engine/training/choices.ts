import type { Plan } from '#contract'
import type { Doors } from '../jobs/index.ts'
import { fail } from '../kit/index.ts'
import { backends } from './backends.ts'
import type { Target, Targets } from './targets/index.ts'
import { TRAINERS, type Trainer } from './trainers/index.ts'

/** What a plan may choose from on this computer. */
export interface Choices {
  /** @throws Failure `bad-input` for an unknown one, `unsupported` for one that cannot work now */
  targetOf(name: string): Target
  /** The target of a plan. @throws the same, and `bad-input` where the plan asks for more than it has */
  placeOf(plan: Plan): Target
  /** @throws Failure `bad-input` for an unknown one */
  trainerOf(name: string): Trainer
  /** Refuses a plan that names what is not here. @throws the same, for target, trainer and backend */
  check(plan: Plan): void
  list: Doors['training']['choices']
}

export function openChoices(targets: Targets): Choices {
  function targetOf(name: string): Target {
    const target = targets.find(name)
    if (!target)
      throw fail(
        'bad-input',
        `There is no target "${name}".`,
        `Choose one of ${targets
          .list()
          .map(each => each.name)
          .join(', ')}, or add it with: edgewright training target add`,
      )
    const { ready, why } = target.ready()
    if (!ready)
      throw fail('unsupported', `${target.title} cannot train now: ${why}`, 'Choose another target.')
    return target
  }

  function trainerOf(name: string): Trainer {
    const trainer = TRAINERS.find(each => each.name === name)
    if (!trainer)
      throw fail(
        'bad-input',
        `There is no trainer "${name}".`,
        `Choose one of ${TRAINERS.map(each => each.name).join(', ')}.`,
      )
    return trainer
  }

  /** One process on this computer: what it would pass over in silence is refused. */
  function checkAlone({ workers, gpus }: Plan, { title }: Target): void {
    if (workers > 1)
      throw fail(
        'bad-input',
        `${title} trains in one process, and ${workers} workers were asked for.`,
        'Choose a Docker or Ray target with --target, or leave --workers out.',
      )
    if (gpus !== undefined && gpus !== '0')
      throw fail(
        'bad-input',
        `${title} gives no GPUs to choose from.`,
        'Choose a Docker or Ray target with --target, the target webgpu for the GPU of this computer, or leave --gpus out.',
      )
  }

  function placeOf(plan: Plan): Target {
    const target = targetOf(plan.target)
    if (!target.outlives) checkAlone(plan, target)
    return target
  }

  function check(plan: Plan): void {
    placeOf(plan)
    trainerOf(plan.trainer)
    const wanted = backends().find(each => each.name === plan.backend)
    if (wanted && !wanted.ready)
      throw fail(
        'unsupported',
        `${wanted.title} cannot train here: ${wanted.why}`,
        'Choose the automatic backend.',
      )
  }

  return {
    targetOf,
    placeOf,
    trainerOf,
    check,
    list: async () => ({
      trainers: TRAINERS.map(({ name, title, suits, uses, hparams = {} }) => ({
        ...{ name, title, suits, uses: [...uses] },
        hparams: Object.fromEntries(Object.entries(hparams).map(([own, { takes }]) => [own, takes])),
      })),
      targets: targets.list().map(target => ({ name: target.name, title: target.title, ...target.ready() })),
      backends: backends(),
    }),
  }
}
