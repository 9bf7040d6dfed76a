import type { GateRule, Model, ModelVersion } from '#contract'
import { judge } from '../evaluation/index.ts'

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

/** What the gate says of a version now; null where nothing is asked for and nothing was measured. */
export function gateNow(version: ModelVersion, rules: GateRule[] | undefined) {
  if (!rules) return version.gate
  return rules.length || version.metrics ? judge(rules, version.metrics) : null
}
