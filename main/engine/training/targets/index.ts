import { localTarget } from './local.ts'
import type { Target } from './target.ts'

export type { Target } from './target.ts'

/** All kinds of targets. @param worker the worker's file on this computer */
export const targetsOf = (worker: string): Target[] => [localTarget(worker)]
