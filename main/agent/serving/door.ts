import type { Failure, Hash, VariantKind } from '#contract'
import type { Needs, Sample } from '../../engine/release/index.ts'

/** A release whose files lie whole on the disk of this device, each checked by its hash. */
export interface ReleaseFiles {
  model: string
  version: number
  variant: VariantKind
  /** Digest of its manifest: what a release is called. */
  manifest: Hash
  needs: Needs
  /** Where each file lies, by its name: `graph.pb` or `model.tflite`, `transform.json`, `model.json`, `golden.json`. */
  files: Record<string, string>
}

/** What a rehearsal measured. */
export interface Rehearsal {
  /** Milliseconds of one row. */
  median: number
  p95: number
  /** Memory that the process took at most, the runtime in it included. */
  peakBytes: number
  /** Golden rows that were asked, and the largest difference of a score. */
  rows: number
  difference: number
}

/** What a rehearsal may take. */
export interface RehearsalLimits {
  /** Milliseconds in all; then the process is ended. */
  milliseconds: number
  memoryBytes: number
  threads: number
}

/** Who answers for a model. All versions named here are loaded (`load`) before. */
export interface Serve {
  primary: number
  candidate: { version: number; share: number; shadow: boolean; rollout: string } | null
}

/** Told by what serves to what decides. Calls come while requests are answered: they return at once. */
export interface ServingEvents {
  /** A version answered rows. */
  answered(model: string, version: number, rows: number): void
  /** A version could not answer, or gave no numbers: not a fault of the one who asked. */
  failed(model: string, version: number, failure: Failure): void
  /** A row to be kept for the publisher. */
  captured(sample: Sample): void
}

/** What is in memory and answers. It reads releases and touches nothing else of the disk. */
export interface Serving {
  /** What computes, in words, for the report; empty until it is known. */
  readonly backend: string
  /**
   * Loads a release in a process of its own and asks it its golden rows.
   * @throws Failure `golden-mismatch` where scores differ, `unsupported-graph` where none come, `does-not-fit` for time and memory, with
   * the numbers
   */
  rehearse(release: ReleaseFiles, limits: RehearsalLimits, signal: AbortSignal): Promise<Rehearsal>
  /** Loads a release into memory, beside those that answer. Done at once where it is there. */
  load(release: ReleaseFiles): Promise<void>
  /** Whether a version is in memory. */
  has(model: string, version: number): boolean
  /** From the next request on these answer; requests under way end with the ones they began with. */
  serve(model: string, serve: Serve): void
  /** Nothing answers for this model any more; why is told to who asks. */
  stop(model: string, why: Failure | null): void
  /** Frees a version that does not answer any more. */
  drop(model: string, version: number): void
  /** Figures since the start: rows, errors, median milliseconds of a request; by version too, where it is given. */
  figures(model: string, version?: number): { predictions: number; errors: number; p50: number | null }
  /** What goes into a record `metrics` and is counted anew after it; null where nothing happened. */
  takeMetrics(model: string): Record<string, unknown> | null
  close(): Promise<void>
}
