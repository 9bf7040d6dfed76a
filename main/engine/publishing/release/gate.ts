import type { Metrics, ModelVersion, Variant } from '#contract'
import type { EvaluationRoom } from '../../evaluation/index.ts'
import { fail } from '../../kit/index.ts'
import type { OptimizationRoom } from '../../optimization/index.ts'

/**
 * Lets a version through that reaches what its model's gate wants, by the figures of the variant that is published or
 * else the nearest that were measured, and that the newest recorded verdict does not block.
 * @returns those figures, null where nothing was measured
 * @throws Failure `gate-blocked` that names what is missing
 */
export function passGate(
  evaluation: EvaluationRoom,
  version: ModelVersion,
  variant: Variant,
): Metrics | null {
  const measured =
    evaluation.newest(version.run, variant.kind)?.metrics ??
    variant.compared?.after ??
    evaluation.newest(version.run)?.metrics ??
    null
  const { passed, checks } = evaluation.standing(version.run, version.model, variant.kind, measured)
  if (!passed)
    throw fail(
      'gate-blocked',
      `${version.model} v${version.version} may not be published: ${checks
        .filter(check => !check.passed)
        .map(({ rule, words }) => words ?? rule.metric)
        .join(', ')}.`,
      'Train or choose a better version, or change the gate.',
    )
  return measured
}

/**
 * Lets a variant through that loses no more against the float model than its model's tolerance allows.
 * @throws Failure `gate-blocked` that says how much it loses
 */
export function passTolerance(
  optimization: Pick<OptimizationRoom, 'judge'>,
  version: ModelVersion,
  variant: Variant,
): void {
  const judged = optimization.judge(version.model, variant)
  if (judged && !judged.passed)
    throw fail(
      'gate-blocked',
      `${version.model} v${version.version} as ${variant.title} may not be published: ${judged.reason}`,
      'Publish another variant, keep more layers float, or change the tolerance.',
    )
}
