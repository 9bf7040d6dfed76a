import type { LiteModel, LiteOptions, LiteTensor } from '../../../main/engine/graph/index.ts'

/** An operator with what it reads and writes by name; an empty name is an input that is left out. */
export type Step = [op: string, inputs: string[], outputs: string[], options?: LiteOptions]

/** A small model. What is read and never written is an input unless it is a constant; what nothing reads is an output. */
export function build(
  steps: readonly Step[],
  {
    constants = {},
    tensors = {},
    outputs,
  }: {
    constants?: Record<string, { values: ArrayLike<number>; shape?: number[] }>
    tensors?: Record<string, Partial<LiteTensor>>
    outputs?: string[]
  } = {},
): { model: LiteModel; at: (name: string) => number } {
  const names = [...new Set(steps.flatMap(([, read, written]) => [...read, ...written]))].filter(
    name => name !== '',
  )
  for (const name of outputs ?? []) if (!names.includes(name)) names.push(name)
  const at = (name: string): number => names.indexOf(name)
  const written = new Set(steps.flatMap(([, , results]) => results))
  const read = new Set(steps.flatMap(([, inputs]) => inputs))
  const isInput = (name: string) => !written.has(name) && !constants[name]
  const inputs = names.filter(isInput)
  const ends = outputs ?? names.filter(name => written.has(name) && !read.has(name))
  const model: LiteModel = {
    description: '',
    metadata: [],
    subgraphs: [
      {
        name: 'main',
        tensors: names.map((name): LiteTensor => {
          const constant = constants[name]
          const data = constant && Float32Array.from(constant.values)
          return {
            name,
            type: 'float32',
            shape: constant?.shape ?? (data ? [data.length] : [1, 4]),
            ...(data ? { data: new Uint8Array(data.buffer) } : {}),
            ...tensors[name],
          }
        }),
        operators: steps.map(([op, from, to, options = {}]) => ({
          op,
          version: 1,
          inputs: from.map(at),
          outputs: to.map(at),
          options,
        })),
        inputs: inputs.map(at),
        outputs: ends.map(at),
      },
    ],
    signatures: [
      {
        key: 'serving_default',
        subgraph: 0,
        inputs: inputs.map(name => ({ name, tensor: at(name) })),
        outputs: ends.map(name => ({ name, tensor: at(name) })),
      },
    ],
  }
  return { model, at }
}
