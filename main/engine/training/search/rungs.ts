import { fail } from '../../kit/index.ts'

/** So many trials go through to this epoch. */
export interface Rung {
  trials: number
  epochs: number
}

/** Of so many trials one goes on, where it is not said. */
const FACTOR = 3

/**
 * The rungs of successive halving (Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter
 * optimization", 2016; as one bracket of Hyperband, Li et al., 2018): of n trials, n / factor go on at each rung with
 * `factor` times as many epochs, until the last has all of them.
 * @param least no rung ends before this epoch
 */
export function rungsOf(
  trials: number,
  epochs: number,
  { factor = FACTOR, least = 1 }: { factor?: number | undefined; least?: number | undefined },
): Rung[] {
  if (least > epochs)
    throw fail(
      'bad-input',
      `No trial comes to epoch ${least}: each has ${epochs}.`,
      'Take fewer --min-epochs, or more --epochs.',
    )
  let last = Math.floor(Math.log(trials) / Math.log(factor) + 1e-9)
  while (last > 0 && epochs / factor ** last < least) last--
  const rungs = Array.from({ length: last + 1 }, (_, i) => ({
    trials: Math.max(1, Math.floor(trials / factor ** i + 1e-9)),
    epochs: Math.max(least, Math.round(epochs / factor ** (last - i))),
  }))
  return rungs.map((rung, i) => (i === last ? { ...rung, epochs } : rung))
}
