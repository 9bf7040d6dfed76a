import type { LiteModel, LiteOperator, LiteSubgraph, LiteTensor } from '../../graph/index.ts'
import { withFixedShapes, withLowestVersions, writeTflite } from '../../graph/index.ts'
import { FailureError } from '../../kit/index.ts'
import { type LiteRt, toElements } from '../../litert/index.ts'

/** Each kind of operator is timed for so long, in milliseconds, at most; a large net has a few hundred kinds. */
const MILLIS = 12
const MOST_RUNS = 50
/** A net is timed for so long in all. */
const ALL_MILLIS = 8000

/**
 * Milliseconds that each operator takes when it runs alone, by the name of what it writes: the operator as a model of its
 * own, fed with ones. The runtime tells no times of the operators inside a model, and joins some of them there, so the
 * sum may be more than the whole. Operators of the same kind and sizes are timed once.
 */
export async function timesByOperator(runtime: LiteRt, model: LiteModel): Promise<Map<string, number>> {
  const { subgraphs } = withFixedShapes(model)
  const [main] = subgraphs
  const times = new Map<string, number>()
  const known = new Map<string, number | null>()
  const end = performance.now() + ALL_MILLIS
  for (const operator of main?.operators ?? []) {
    const name = main?.tensors[operator.outputs[0] ?? -1]?.name
    if (!main || name === undefined || operator.op === 'CUSTOM') continue
    const kind = kindOf(operator, main)
    if (!known.has(kind)) {
      if (performance.now() > end) break
      known.set(kind, await timeOf(runtime, model, main, operator))
    }
    const time = known.get(kind)
    if (time !== null && time !== undefined) times.set(name, time)
  }
  return times
}

/** Operators that take the same time: the same operation, options, types and sizes. */
function kindOf(operator: LiteOperator, { tensors }: LiteSubgraph): string {
  const sizes = (list: number[]) =>
    list.map(place => {
      const tensor = tensors[place]
      return tensor ? `${tensor.type}${tensor.shape.join('×')}${tensor.data ? 'c' : ''}` : '-'
    })
  const options = Object.entries(operator.options).map(([key, value]) => `${key}=${value}`)
  return [operator.op, ...sizes(operator.inputs), '>', ...sizes(operator.outputs), ...options].join(' ')
}

async function timeOf(
  runtime: LiteRt,
  model: LiteModel,
  { tensors }: LiteSubgraph,
  operator: LiteOperator,
): Promise<number | null> {
  const places = [...new Set([...operator.inputs, ...operator.outputs].filter(place => place >= 0))]
  const at = (place: number) => (place < 0 ? -1 : places.indexOf(place))
  const own = places.map(place => tensors[place] as LiteTensor)
  const inputs = operator.inputs.filter(
    place => place >= 0 && !tensors[place]?.data && !tensors[place]?.isVariable,
  )
  if (inputs.length === 0) return null
  const alone: LiteModel = {
    ...model,
    signatures: [],
    metadata: [],
    subgraphs: [
      {
        name: 'main',
        tensors: own,
        operators: [{ ...operator, inputs: operator.inputs.map(at), outputs: operator.outputs.map(at) }],
        inputs: [...new Set(inputs)].map(at),
        outputs: operator.outputs.map(at),
      },
    ],
  }
  try {
    const runner = await runtime.load(writeTflite(withLowestVersions(alone)))
    try {
      const feeds = runner.inputs.map(({ dtype, shape, name }) =>
        toElements(
          new Float32Array(shape.reduce((size, each) => size * each, 1)).fill(1),
          dtype,
          undefined,
          name,
        ),
      )
      runner.run(feeds)
      const times: number[] = []
      const end = performance.now() + MILLIS
      while (times.length < 3 || (times.length < MOST_RUNS && performance.now() < end)) {
        const from = performance.now()
        runner.run(feeds)
        times.push(performance.now() - from)
      }
      times.sort((a, b) => a - b)
      return times[times.length >> 1] ?? null
    } finally {
      runner.dispose()
    }
  } catch (error) {
    // One that does not run by itself has no time; the model is proven without it.
    if (error instanceof FailureError) return null
    throw error
  }
}
