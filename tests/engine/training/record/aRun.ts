import { Plan, type Run, type RunId } from '#contract'
import { now } from '../../../../main/engine/kit/index.ts'

/** A run as it begins, of which only some is of interest. */
export function aRun(id: string, more: Partial<Run> = {}, plan: Record<string, unknown> = {}): Run {
  return {
    id: id as RunId,
    model: 'flowers',
    origin: 'imported',
    plan: Plan.parse({ dataset: 'table', label: 'kind', name: 'flowers', ...plan }),
    version: null,
    task: 'binary',
    classes: ['no', 'yes'],
    state: 'succeeded',
    failure: null,
    backend: null,
    rows: { train: 0, eval: 0, test: 0 },
    inputs: 0,
    parameters: null,
    epochs: [],
    best: null,
    stoppedEarly: false,
    transform: null,
    artifact: null,
    bytes: null,
    search: null,
    repeats: null,
    code: null,
    imageDigest: null,
    tags: [],
    notes: '',
    pinned: false,
    archived: false,
    removedAt: null,
    at: now(),
    endedAt: null,
    job: 'job-0',
    ...more,
  } as Run
}
