import type { GateCheck, Hash, Model, ModelVersion, Name, Run, RunId } from '#contract'
import type { EvaluationRoom } from '../evaluation/index.ts'
import type { Doors, JobContext } from '../jobs/index.ts'
import { canonicalJson, fail, hashOf } from '../kit/index.ts'
import type { OptimizationRoom } from '../optimization/index.ts'
import { collection, type Store } from '../store/index.ts'
import { openAliases } from './aliases.ts'

/** What is kept of a version; the rest is asked of the rooms it comes from. */
interface Entry {
  id: Hash
  model: Name
  version: number
  run: RunId
  notes: string
  at: string
}

export interface RegistryRoom {
  door: Doors['registry']
  /** @param version default: the one under `production`, else under `candidate`, else the newest */
  resolve(model: string, version?: number): ModelVersion
  /** The run of the version under an alias of a model; null where there is none. */
  aliased(model: string, alias: string): RunId | null
  /** Makes a trained run the next version of its model, and its `candidate`. The same run stays one version. */
  register(run: Run, job: Pick<JobContext, 'log' | 'uses' | 'makes'>): ModelVersion
}

/** Aliases that ask the gate before they move to a version. */
const GUARDED = new Set(['production'])

export function createRegistry({
  store,
  evaluation,
  optimization,
}: {
  store: Store
  evaluation: EvaluationRoom
  optimization: OptimizationRoom
}): RegistryRoom {
  const entries = collection<Entry>(store.db, 'model_versions')
  const aliases = openAliases(store.db)

  const full = (entry: Entry): ModelVersion => {
    const newest = evaluation.newest(entry.run)
    const rules = evaluation.gateOf(entry.model)
    return {
      ...entry,
      aliases: aliases.of(entry.model, entry.version),
      variants: optimization.variants(entry.run),
      metrics: newest?.metrics ?? null,
      gate:
        rules.length > 0 || newest
          ? evaluation.standing(entry.run, entry.model, 'layers', newest?.metrics ?? null)
          : null,
    }
  }

  function entriesOf(model: string): Entry[] {
    const found = entries.list(model).sort((a, b) => b.version - a.version)
    if (found.length === 0)
      throw fail(
        'not-found',
        `There is no model named ${model}.`,
        'See the registry for the models there are, or train one.',
      )
    return found
  }

  function entryOf(model: string, version?: number): Entry {
    const found = entriesOf(model)
    const wanted =
      version ??
      aliases.version(model, 'production') ??
      aliases.version(model, 'candidate') ??
      found[0]?.version
    const entry = found.find(each => each.version === wanted)
    if (!entry)
      throw fail(
        'not-found',
        `${model} has no version ${wanted}.`,
        `It has ${found.map(each => each.version).join(', ')}.`,
      )
    return entry
  }

  const modelOf = (model: string): Model => ({
    name: model as Name,
    versions: entriesOf(model).map(full),
    aliases: aliases.all(model),
  })

  return {
    resolve: (model, version) => full(entryOf(model, version)),
    aliased(model, alias) {
      const version = aliases.version(model, alias)
      return entries.list(model).find(entry => entry.version === version)?.run ?? null
    },
    register(run, job) {
      const known = entries.list(run.model).find(entry => entry.run === run.id)
      if (known) return full(known)
      const version = Math.max(0, ...entries.list(run.model).map(entry => entry.version)) + 1
      const id = hashOf(canonicalJson({ model: run.model, version, run: run.id, artifact: run.artifact }))
      const entry: Entry = {
        id,
        model: run.model,
        version,
        run: run.id,
        notes: '',
        at: new Date().toISOString(),
      }
      store.db.transaction(() => {
        entries.put(entry, run.model)
        aliases.set(run.model, 'candidate', version)
      })()
      if (run.artifact) job.uses(run.artifact)
      job.makes({ id, kind: 'model-version', title: `${run.model} v${version}` })
      job.log(`Registered as ${run.model} v${version}, candidate.`)
      return full(entry)
    },
    door: {
      list: async () => ({
        models: [...new Set(entries.list().map(entry => entry.model))].sort().map(modelOf),
      }),
      show: async ({ model }) => modelOf(model),
      alias: async ({ model, alias, version, remove }) => {
        if (remove) {
          entriesOf(model)
          aliases.drop(model, alias)
          return modelOf(model)
        }
        const newest = entriesOf(model)[0]?.version
        const entry = full(entryOf(model, version ?? newest))
        const failed = GUARDED.has(alias) ? entry.gate?.checks.filter(check => !check.passed) : []
        if (failed?.length)
          throw fail(
            'gate-blocked',
            `${model} v${entry.version} may not be ${alias}: ${failed.map(gateWords).join(', ')}.`,
            'Train or choose a better version, or change the gate.',
          )
        aliases.set(model, alias, entry.version)
        return modelOf(model)
      },
      note: async ({ model, version, notes }) => {
        const entry = { ...entryOf(model, version), notes }
        entries.put(entry, model)
        return full(entry)
      },
    },
  }

  function gateWords({ rule, value, words }: GateCheck) {
    if (rule.min === undefined && rule.max === undefined) return words ?? rule.metric
    const wanted = rule.min !== undefined ? `at least ${rule.min}` : `at most ${rule.max}`
    return value === null
      ? `${rule.metric} was not measured and ${wanted} is wanted`
      : `${rule.metric} is ${Number(value.toPrecision(4))} where ${wanted} is wanted`
  }
}
