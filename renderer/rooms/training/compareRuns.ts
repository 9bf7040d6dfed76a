import type { Run } from '#contract'
import { bytes, count, duration, fixed, NONE, versionText } from '../../ui/format.ts'
import {
  accuracyText,
  backendText,
  epochText,
  keptEpoch,
  layersText,
  lossText,
  runSeconds,
} from './runWords.ts'

/** One line of a comparison: the same thing of each run, in the order of the runs. */
export interface CompareRow {
  key: string
  label: string
  values: string[]
  differs: boolean
  /** `plan`: what was asked for; `result`: what came out. */
  part: 'plan' | 'result'
}

type Line = [key: string, label: string, part: CompareRow['part'], of: (run: Run) => string]

const LINES: Line[] = [
  ['dataset', 'Dataset', 'plan', run => (run.plan.dataset ? versionText(run.plan.dataset) : NONE)],
  ['version', 'Dataset version', 'plan', run => run.version?.slice(0, 8) ?? NONE],
  ['label', 'Label', 'plan', run => run.plan.label ?? NONE],
  ['features', 'Learns from', 'plan', run => run.plan.features?.join(', ') ?? 'all but the label'],
  ['without', 'Left out', 'plan', run => run.plan.without.join(', ') || NONE],
  ['layers', 'Layers', 'plan', run => layersText(run.plan.layers)],
  ['learningRate', 'Learning rate', 'plan', run => String(run.plan.learningRate)],
  ['batch', 'Batch', 'plan', run => count(run.plan.batch)],
  ['epochs', 'Epochs', 'plan', run => count(run.plan.epochs)],
  ['dropout', 'Dropout', 'plan', run => fixed(run.plan.dropout, 2)],
  [
    'patience',
    'Stop early',
    'plan',
    run => (run.plan.patience ? `after ${run.plan.patience} epochs` : 'never'),
  ],
  ['seed', 'Seed', 'plan', run => String(run.plan.seed)],
  ['trainer', 'Trainer', 'plan', run => run.plan.trainer],
  ['target', 'Ran on', 'plan', run => run.plan.target],
  ['wanted', 'Backend wanted', 'plan', run => run.plan.backend],
  ['backend', 'Backend used', 'plan', backendText],
  ['done', 'Epochs done', 'result', epochText],
  ['best', 'Best epoch', 'result', run => (run.best === null ? NONE : String(run.best))],
  ['loss', 'Train loss', 'result', run => lossText(keptEpoch(run)?.loss)],
  ['evalLoss', 'Eval loss', 'result', run => lossText(keptEpoch(run)?.evalLoss)],
  ['accuracy', 'Train accuracy', 'result', run => accuracyText(keptEpoch(run)?.accuracy)],
  ['evalAccuracy', 'Eval accuracy', 'result', run => accuracyText(keptEpoch(run)?.evalAccuracy)],
  ['parameters', 'Parameters', 'result', run => count(run.parameters)],
  ['size', 'Size', 'result', run => bytes(run.bytes)],
  ['time', 'Time', 'result', run => duration(runSeconds(run) * 1000)],
]

/** Two or more runs side by side; what differs stands first, in the order above. */
export function compareRuns(runs: Run[]): CompareRow[] {
  const rows = LINES.map(([key, label, part, of]): CompareRow => {
    const values = runs.map(of)
    return { key, label, part, values, differs: new Set(values).size > 1 }
  })
  return [...rows.filter(row => row.differs), ...rows.filter(row => !row.differs)]
}
