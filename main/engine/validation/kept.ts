import type { Hash, HistoryPoint, Name, Validation } from '#contract'
import { collection, type Store } from '../store/index.ts'

/** A check as the workspace keeps it. */
export interface KeptValidation extends Validation {
  dataset: Name
  /** The column that was to be predicted; the next check takes it over. */
  label: string | null
  /** What the curves over time need, without the anomalies themselves. */
  point: Omit<HistoryPoint, 'validation' | 'version' | 'title' | 'at' | 'verdict' | 'errors' | 'warnings'>
}

/** The checks of a workspace. */
export interface Validations {
  /** Of one version or file. */
  newest(subject: Hash): KeptValidation | null
  put(validation: KeptValidation): void
  /** Of all versions of a dataset, newest first. */
  of(dataset: Name): KeptValidation[]
  /** The newest of each dataset. */
  newestOfEach(): KeptValidation[]
}

export function openValidations(store: Store): Validations {
  const kept = collection<KeptValidation>(store.db, 'validations')
  return {
    newest: subject => kept.newest(subject),
    put: validation => kept.put(validation, validation.version),
    of: dataset => kept.list().filter(validation => validation.dataset === dataset),
    newestOfEach() {
      const seen = new Map<Name, KeptValidation>()
      // Checks of older workspaces do not say of which dataset they are.
      for (const validation of kept.list())
        if (validation.dataset && !seen.has(validation.dataset)) seen.set(validation.dataset, validation)
      return [...seen.values()]
    },
  }
}

/** What everyone sees of a kept check; those of older workspaces lack what came later. */
export function shownOf({ dataset, label, point, ...validation }: KeptValidation): Validation {
  return {
    ...validation,
    drifts: validation.drifts ?? [],
    against: validation.against ?? null,
    environment: validation.environment ?? null,
    anomalies: validation.anomalies.map(anomaly => ({
      ...{ type: null, where: null, only: null, drift: null, suggested: false, updatable: false },
      ...anomaly,
    })),
  }
}

/** The check as a point of the curves. */
export function pointOf(kept: KeptValidation): HistoryPoint {
  const open = kept.anomalies.filter(({ accepted }) => !accepted)
  return {
    validation: kept.id,
    version: kept.version,
    title: kept.title,
    at: kept.at,
    rows: kept.point?.rows ?? 0,
    verdict: kept.verdict,
    errors: open.filter(({ severity }) => severity === 'error').length,
    warnings: open.filter(({ severity }) => severity === 'warning').length,
    features: kept.point?.features ?? [],
  }
}
