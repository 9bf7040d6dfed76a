import type { Evaluation, GateResult, GateRule, Model, ModelVersion, VariantKind } from '#contract'
import { type GateVerdict, gateVerdict, judge } from '../../evaluation/index.ts'

/** The version that publishing takes by itself: the one under `production`, else `candidate`, else the newest. */
export function wantedVersion(model: Model): number | null {
  return (
    model.aliases.production ??
    model.aliases.candidate ??
    (model.versions.length ? Math.max(...model.versions.map(version => version.version)) : null)
  )
}

/** The form that publishing takes by itself: 8-bit weights where they were made, else float32. */
export const wantedVariant = (version: ModelVersion): 'float32' | 'dynamic-range' =>
  version.variants.some(one => one.kind === 'dynamic-range') ? 'dynamic-range' : 'float32'

/**
 * What the gate says of one form of a version, by the figures that publishing itself goes by: the newest evaluation of
 * the form, else those taken when it was made, else the version's own. Null while nothing was measured.
 */
export function gateNow(
  version: ModelVersion,
  kind: VariantKind,
  rules: GateRule[] | undefined,
  evaluations: Evaluation[] = [],
): GateResult | null {
  if (!rules) return version.gate
  const measured =
    [...evaluations]
      .sort((a, b) => b.at.localeCompare(a.at))
      .find(one => one.run === version.run && one.variant === kind)?.metrics ??
    version.variants.find(one => one.kind === kind)?.compared?.after ??
    version.metrics
  return rules.length && !measured ? null : judge(rules, measured, version.gate?.checks)
}

/** The gate in words, before publishing. What was not measured is measured on the way, so it does not block here. */
export const publishVerdict = (gate: GateResult | null): GateVerdict =>
  gate
    ? gateVerdict(gate)
    : {
        kind: 'info',
        title: 'Not measured yet',
        text: 'It is measured when it is published; the gate decides then.',
      }
