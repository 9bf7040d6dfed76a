import type { Plan } from '#contract'

/** What of the learning rate is left at the end of an exponential schedule. */
const END = 0.01

/**
 * The learning rate of each step, from what is known before the first one, so that a run that was stopped goes on with
 * the very same rates. Warm-up (Goyal et al., 2017, arXiv:1706.02677): it rises evenly from 0 and is there with the last
 * step of it. Then, with `p` from 0 to 1 over the steps that are left:
 * `constant` as it is; `cosine` `(1 + cos(pi p)) / 2` of it (Loshchilov and Hutter, 2017, arXiv:1608.03983);
 * `exponential` `0.01^p` of it; `step` a tenth after each third.
 * @returns the rate of a step, counted from 0
 */
export function rates(
  {
    learningRate,
    schedule,
    warmup,
    epochs,
    batch,
  }: Pick<Plan, 'learningRate' | 'schedule' | 'warmup' | 'epochs' | 'batch'>,
  rows: number,
): (step: number) => number {
  const perEpoch = Math.max(1, Math.ceil(rows / batch))
  const rising = Math.round(warmup * perEpoch)
  const falling = Math.max(1, epochs * perEpoch - rising)
  return step => {
    if (step < rising) return (learningRate * (step + 1)) / rising
    const share = Math.min(1, (step - rising) / falling)
    if (schedule === 'cosine') return (learningRate * (1 + Math.cos(Math.PI * share))) / 2
    if (schedule === 'exponential') return learningRate * END ** share
    if (schedule === 'step') return learningRate * 0.1 ** Math.min(2, Math.floor(share * 3))
    return learningRate
  }
}
