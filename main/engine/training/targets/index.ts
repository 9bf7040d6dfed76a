export type { Target } from './target.ts'
export { openTargets, type Targets } from './targets.ts'
