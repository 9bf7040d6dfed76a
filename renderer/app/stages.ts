import type { Contract } from '#contract'
import type { Flow } from './flow.ts'

/** How far a flow is in one room. */
export type Stage = 'done' | 'running' | 'look' | 'blocked' | 'none'

const isUnwell = (flow: Flow): boolean => flow.devices.some(device => device.health !== 'healthy')

/** The rooms of a flow in order, and how each says where it stands when nothing runs in it. */
export const stages: readonly { room: keyof Contract; title: string; standing: (flow: Flow) => Stage }[] = [
  { room: 'dataset', title: 'Data', standing: () => 'done' },
  { room: 'statistics', title: 'Statistics', standing: flow => (flow.statistics ? 'done' : 'none') },
  {
    room: 'validation',
    title: 'Validation',
    standing: flow =>
      flow.validation
        ? ({ good: 'done', look: 'look', blocked: 'blocked' } as const)[flow.validation.verdict]
        : 'none',
  },
  {
    room: 'training',
    title: 'Training',
    standing(flow) {
      const newest = flow.runs[0]
      if (!newest) return 'none'
      return newest.state === 'succeeded' ? 'done' : newest.state === 'failed' ? 'blocked' : 'look'
    },
  },
  {
    room: 'evaluation',
    title: 'Evaluation',
    standing: flow => (!flow.evaluation ? 'none' : flow.evaluation.gate.passed ? 'done' : 'blocked'),
  },
  { room: 'optimization', title: 'Optimization', standing: flow => (flow.variants.length ? 'done' : 'none') },
  { room: 'registry', title: 'Registry', standing: flow => (flow.models.length ? 'done' : 'none') },
  {
    room: 'publishing',
    title: 'Publishing',
    standing: flow => (isUnwell(flow) ? 'look' : flow.releases.length ? 'done' : 'none'),
  },
]

/** Where a flow stands in each room. */
export const stagesOf = (flow: Flow): { room: keyof Contract; title: string; stage: Stage }[] =>
  stages.map(({ room, title, standing }) => ({
    room,
    title,
    stage: flow.open.some(job => job.room === room) ? 'running' : standing(flow),
  }))
