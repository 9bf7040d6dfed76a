import type { Run } from '#contract'
import { type Chart, type Curve, lossCurves, type Palette, type Point } from '../../charts/index.ts'
import { fixed, percent } from '../../ui/format.ts'
import { runTitle } from './runWords.ts'

const pointsOf = (run: Run, key: 'loss' | 'accuracy' | 'evalLoss' | 'evalAccuracy'): Point[] =>
  run.epochs.flatMap((epoch): Point[] => {
    const value = epoch[key]
    return value === null ? [] : [[epoch.epoch, value]]
  })

/**
 * Loss or accuracy of a run by epoch: train solid, eval dashed, the kept epoch marked, other runs dotted. Null while
 * there is no epoch, and for the accuracy of a regression, which has none.
 */
export function runChart(
  run: Run,
  others: Run[],
  figure: 'loss' | 'accuracy',
  palette: Palette,
): Chart | null {
  const evalKey = figure === 'loss' ? 'evalLoss' : 'evalAccuracy'
  const train = pointsOf(run, figure)
  if (!train.length) return null
  const evals = pointsOf(run, evalKey)
  const series: Curve[] = [{ name: 'Train', role: 'train', points: train }]
  if (evals.length) series.push({ name: 'Eval', role: 'eval', points: evals })
  for (const other of others) {
    const points = pointsOf(other, evalKey)
    const shown = points.length ? points : pointsOf(other, figure)
    if (shown.length)
      series.push({
        name: `Eval, ${runTitle(other.id).toLowerCase()}`,
        short: runTitle(other.id).toLowerCase(),
        role: 'previous',
        points: shown,
      })
  }
  const best = evals.find(([epoch]) => epoch === run.best)
  const last = run.epochs.at(-1)?.epoch
  return lossCurves(
    {
      label: figure === 'loss' ? 'Loss' : 'Accuracy',
      xLabel: 'epochs',
      series,
      format: figure === 'loss' ? 'number' : 'percent',
      ...(best && {
        best: {
          x: best[0],
          y: best[1],
          text: `best ${figure === 'loss' ? fixed(best[1], 3) : percent(best[1])}`,
        },
      }),
      ...(run.state === 'running' && last && { now: last }),
      xMax: Math.max(
        run.state === 'running' ? run.plan.epochs : 1,
        ...series.flatMap(one => one.points.map(([x]) => x)),
      ),
      ...(figure === 'loss' && { yMin: 0 }),
    },
    palette,
  )
}
