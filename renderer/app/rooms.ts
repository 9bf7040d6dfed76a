import {
  Activity,
  Archive,
  ChartColumn,
  Database,
  Home,
  Inbox,
  Send,
  Server,
  Settings,
  ShieldCheck,
  Shrink,
  Shuffle,
  Target,
} from '@lucide/vue'
import type { Component } from 'vue'
import { count, fixed, percent, plural } from '../ui/format.ts'
import type { StatusKind } from '../ui/types.ts'
import type { Flow } from './flow.ts'

/** The newest fact of a room, at the right of the rail. A kind shows its mark, and `label` says it whole. */
export interface Fact {
  text: string
  kind?: StatusKind
  label?: string
}

/** A page of the window. Its address takes an optional id: `/training/run-3`. */
export interface Room {
  name: string
  title: string
  icon: Component
  path: string
  fact?: (flow: Flow) => Fact | null
}

const runningShare = (flow: Flow, room: string): Fact | null => {
  const job = flow.open.find(job => job.room === room)
  if (!job) return null
  const done = job.status.state === 'running' ? job.status.progress.done : null
  return { text: done === null ? '' : percent(done, 0), kind: 'running', label: job.title }
}

export const home: Room = {
  name: 'home',
  title: 'Home',
  icon: Home,
  path: '/',
}
/** The places to train; of the workspace, not of a flow. */
export const targets: Room = {
  name: 'targets',
  title: 'Targets',
  icon: Server,
  path: '/targets',
}
export const settings: Room = {
  name: 'settings',
  title: 'Settings',
  icon: Settings,
  path: '/settings',
}

/** The rooms in the order data flows. */
export const rooms: readonly Room[] = [
  {
    name: 'dataset',
    title: 'Data',
    icon: Database,
    path: '/data',
    fact: flow => runningShare(flow, 'dataset') ?? { text: `v${flow.latest.number}` },
  },
  {
    name: 'statistics',
    title: 'Statistics',
    icon: ChartColumn,
    path: '/statistics',
    fact: flow =>
      runningShare(flow, 'statistics') ??
      (flow.statistics && {
        text: count(flow.statistics.features),
        label: plural(flow.statistics.features, 'feature'),
      }),
  },
  {
    name: 'validation',
    title: 'Validation',
    icon: ShieldCheck,
    path: '/validation',
    fact(flow) {
      const running = runningShare(flow, 'validation')
      if (running || !flow.validation) return running
      const open = flow.validation.anomalies.filter(anomaly => !anomaly.accepted)
      const errors = open.filter(anomaly => anomaly.severity === 'error').length
      if (flow.validation.verdict === 'blocked')
        return {
          text: String(errors),
          kind: 'bad',
          label: `${plural(errors, 'anomaly', 'anomalies')} ${errors === 1 ? 'blocks' : 'block'}`,
        }
      if (flow.validation.verdict === 'look')
        return {
          text: String(open.length),
          kind: 'warn',
          label: `${plural(open.length, 'anomaly', 'anomalies')} ${open.length === 1 ? 'wants' : 'want'} a look`,
        }
      return { text: 'ok' }
    },
  },
  {
    name: 'transform',
    title: 'Transform',
    icon: Shuffle,
    path: '/transform',
    fact: flow => runningShare(flow, 'transform'),
  },
  {
    name: 'training',
    title: 'Training',
    icon: Activity,
    path: '/training',
    fact(flow) {
      const running = runningShare(flow, 'training')
      const newest = flow.runs[0]
      if (running || !newest) return running
      const text = newest.id.replace('-', ' ')
      if (newest.state === 'failed') return { text, kind: 'bad', label: `${text} failed` }
      if (newest.state === 'interrupted')
        return { text, kind: 'interrupted', label: `${text} was interrupted` }
      return { text }
    },
  },
  {
    name: 'evaluation',
    title: 'Evaluation',
    icon: Target,
    path: '/evaluation',
    fact(flow) {
      const running = runningShare(flow, 'evaluation')
      const newest = flow.evaluation
      if (running || !newest) return running
      const { accuracy, r2 } = newest.metrics
      const text = accuracy !== undefined ? percent(accuracy) : r2 !== undefined ? `R² ${fixed(r2, 3)}` : ''
      return newest.gate.passed ? { text } : { text, kind: 'bad', label: `${text}, the gate is not passed` }
    },
  },
  {
    name: 'optimization',
    title: 'Optimization',
    icon: Shrink,
    path: '/optimization',
    fact: flow =>
      runningShare(flow, 'optimization') ??
      (flow.variants.length
        ? { text: String(flow.variants.length), label: plural(flow.variants.length, 'variant') }
        : null),
  },
  {
    name: 'registry',
    title: 'Registry',
    icon: Archive,
    path: '/registry',
    fact: ({ newest }) => newest && { text: `v${newest.version}` },
  },
  {
    name: 'publishing',
    title: 'Publishing',
    icon: Send,
    path: '/publishing',
    fact(flow) {
      const running = runningShare(flow, 'publishing')
      if (running) return running
      const unwell = flow.devices.filter(device => device.health !== 'healthy').length
      if (unwell)
        return {
          text: String(unwell),
          kind: 'warn',
          label: `${plural(unwell, 'device')} ${unwell === 1 ? 'wants' : 'want'} a look`,
        }
      return flow.releases[0] ? { text: `v${flow.releases[0].version}` } : null
    },
  },
  {
    name: 'feedback',
    title: 'Feedback',
    icon: Inbox,
    path: '/feedback',
    fact: flow => runningShare(flow, 'feedback'),
  },
]

/** Every page, in the order of `Ctrl 1` to `9`. */
export const pages: readonly Room[] = [home, ...rooms, targets, settings]
