import { z } from 'zod'
import { call } from './call.ts'
import { GateResult, Metrics } from './evaluation.ts'
import { At, Hash, Name, RunId } from './ids.ts'
import { Variant } from './optimization.ts'

export const Alias = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be small letters, digits and -')
export type Alias = z.infer<typeof Alias>

/** One trained model under a name and a number. It never changes; notes and aliases are kept beside it. */
export const ModelVersion = z.object({
  id: Hash,
  model: Name,
  version: z.int().min(1),
  run: RunId,
  notes: z.string(),
  aliases: z.array(Alias),
  variants: z.array(Variant),
  /** The newest evaluation of it on the test split, else on any. */
  metrics: Metrics.nullable(),
  gate: GateResult.nullable(),
  at: At,
})
export type ModelVersion = z.infer<typeof ModelVersion>

export const Model = z.object({
  name: Name,
  versions: z.array(ModelVersion),
  aliases: z.record(z.string(), z.int()),
})
export type Model = z.infer<typeof Model>

export const registry = {
  list: call(
    { title: 'Show models', icon: 'archive', reads: true },
    z.object({}),
    z.object({ models: z.array(Model) }),
  ),
  show: call(
    { title: 'Show a model', icon: 'archive', positional: ['model'], reads: true },
    z.object({ model: Name }),
    Model,
  ),
  /** Points an alias at a version; `remove` takes it away. `production` asks the gate. */
  alias: call(
    {
      title: 'Set an alias',
      icon: 'tag',
      positional: ['model', 'alias'],
      undo: 'Point it back at the version before',
    },
    z.object({
      model: Name,
      alias: Alias,
      /** Default: the newest. */
      version: z.int().min(1).optional(),
      remove: z.boolean().default(false),
    }),
    Model,
  ),
  note: call(
    { title: 'Write notes', icon: 'notebook-pen', positional: ['model'], undo: 'Write the notes back' },
    z.object({ model: Name, version: z.int().min(1), notes: z.string().max(20_000) }),
    ModelVersion,
  ),
}
