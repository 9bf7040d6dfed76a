import type { Run, RunComparison, RunId } from '#contract'
import type { Runs } from '../runs.ts'
import type { openCurves } from './curves.ts'
import { asValue } from './table.ts'

/** What decided a run, by name: its plan with its hparams each by its own name, and what it was done with. */
export function parametersOf(run: Run): Record<string, unknown> {
  const { hparams, ...plan } = run.plan
  const { version, backend, code, imageDigest, where } = run
  return { ...plan, version, where, backend, code, imageDigest, ...hparams }
}

/** Runs side by side: what was not the same, and what came of it. */
export function compareRuns(
  ids: readonly RunId[],
  runs: Pick<Runs, 'get'>,
  metricsOf: ReturnType<typeof openCurves>['of'],
): RunComparison {
  const all = ids.map(id => runs.get(id))
  const given = all.map(parametersOf)
  const names = [...new Set(given.flatMap(each => Object.keys(each)))]
  const parameters = names.map(name => ({ name, values: given.map(each => asValue(each[name])) }))
  const differing = parameters.filter(({ values }) => values.some(value => value !== values[0]))
  const figures = ids.map(id => new Map(metricsOf(id).map(metric => [metric.key, metric])))
  const keys = [...new Set(figures.flatMap(each => [...each.keys()]))].sort()
  const of = (key: string, which: 'last' | 'least' | 'most') =>
    figures.map(each => each.get(key)?.[which] ?? null)
  return {
    runs: all.map(({ id, model, state, at }) => ({ id, model, state, at })),
    parameters: differing,
    same: parameters.length - differing.length,
    metrics: keys.map(key => ({
      key,
      last: of(key, 'last'),
      least: of(key, 'least'),
      most: of(key, 'most'),
    })),
  }
}
