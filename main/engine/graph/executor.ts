import { FailureError, fail } from '../kit/index.ts'
import type { Tf } from '../tensor/index.ts'
import { evaluated, isPlain } from './executor/evaluated.ts'
import type { Kernel } from './executor/kernel.ts'
import { kernelOf } from './executor/kernels.ts'
import { type Operand, operandOf } from './executor/operand.ts'
import {
  byName,
  type DataType,
  type Endpoint,
  type Graph,
  type GraphNode,
  type Port,
  portName,
  portOf,
  sizeOf,
} from './graph.ts'

/** Float data with its shape, rows first. */
export interface Values {
  data: Float32Array
  shape: number[]
}

/** A frozen graph made ready to compute, on the backend that was active when it was loaded. */
export interface Executable {
  inputs: { name: string; shape: number[] | undefined }[]
  outputs: string[]
  /**
   * Computes all outputs from all inputs, both by name.
   * @throws Failure `bad-input` for an input that is missing, unknown or of a wrong shape
   */
  run(feeds: Record<string, Values>): Record<string, Values>
  /** Frees the constants. The executable cannot run any more. */
  dispose(): void
}

interface Step {
  node: GraphNode
  kernel: Kernel
}

/**
 * Prepares a frozen graph. What depends on constants alone, the unpacking of 8-bit weights included, is computed once,
 * here. Operations that are not needed for the outputs are not looked at.
 *
 * @throws Failure `unsupported-graph`, with the node, for an operation that has no kernel here, a variable, or a cycle
 */
export function loadExecutable(graph: Graph, tf: Tf): Executable {
  if (graph.outputs.length === 0)
    throw fail('unsupported-graph', 'The graph has no output.', 'Name the node whose result is wanted.')
  const inputs = graph.inputs.map(input => ({ ...input, port: portOf(input.name) }))
  const outputs = graph.outputs.map(output => ({ name: output.name, port: portOf(output.name) }))
  const steps = order(
    graph,
    outputs.map(output => output.port),
    new Set(inputs.map(input => input.port.node)),
  )

  const fixed = new Map<string, Operand[]>()
  const live: Step[] = []
  const dispose = () => {
    for (const operands of fixed.values()) for (const operand of operands) operand.free()
    fixed.clear()
  }
  try {
    for (const step of steps) {
      if (step.node.inputs.every(input => fixed.has(input.node)))
        fixed.set(step.node.name, compute(tf, step, fixed, true))
      else live.push(step)
    }
    release(live, outputs, fixed)
  } catch (error) {
    dispose()
    throw error
  }

  let disposed = false
  return {
    inputs: inputs.map(({ name, shape }) => ({ name, shape })),
    outputs: outputs.map(output => output.name),
    run(feeds) {
      if (disposed) throw new Error('This executable was disposed of')
      checkNames(inputs, feeds)
      return scoped(tf, () => {
        const values = new Map(fixed)
        for (const { name, shape, dtype, port } of inputs)
          values.set(port.node, [feed(tf, name, shape, dtype, feeds[name])])
        for (const step of live) values.set(step.node.name, compute(tf, step, values, false))
        const results: Record<string, Values> = {}
        for (const { name, port } of outputs) {
          const tensor = take(values, port).tensor()
          // A copy, so that nothing outside shares memory with a tensor.
          results[name] = { data: Float32Array.from(tensor.dataSync()), shape: [...tensor.shape] }
        }
        return results
      })
    },
    dispose() {
      disposed = true
      dispose()
    },
  }
}

/**
 * Frees every tensor made inside that was not kept. `tf.tidy` does the same, but also searches the result for tensors,
 * element by element of every array in it.
 */
function scoped<T>(tf: Tf, compute: () => T): T {
  tf.engine().startScope()
  try {
    return compute()
  } finally {
    tf.engine().endScope()
  }
}

/** The nodes the outputs need, each after those it reads. */
function order(graph: Graph, outputs: Port[], inputs: Set<string>): Step[] {
  const nodes = byName(graph)
  const steps: Step[] = []
  const state = new Map<string, 'open' | 'done'>()
  // An explicit stack: graphs are deeper than the call stack of a small device.
  const stack = outputs.map(output => output.node).reverse()
  while (stack.length > 0) {
    const name = stack.at(-1) as string
    const node = nodes.get(name)
    if (state.get(name) === 'done' || inputs.has(name)) {
      stack.pop()
      continue
    }
    if (!node)
      throw fail(
        'unsupported-graph',
        `The graph has no operation named "${name}".`,
        'Export the graph again.',
        {
          node: name,
        },
      )
    const waiting = node.inputs
      .map(input => input.node)
      .filter(next => !inputs.has(next) && state.get(next) !== 'done')
    if (waiting.length > 0) {
      if (state.get(name) === 'open' && waiting.some(next => state.get(next) === 'open'))
        throw fail('unsupported-graph', `"${name}" is part of a loop.`, 'Unroll the loop before freezing.', {
          node: name,
        })
      state.set(name, 'open')
      stack.push(...waiting)
      continue
    }
    stack.pop()
    state.set(name, 'done')
    steps.push({ node, kernel: kernelFor(node) })
  }
  return steps
}

function kernelFor(node: GraphNode): Kernel {
  const kernel = kernelOf(node.op)
  if (kernel) return kernel
  const what = /Var|Variable/.test(node.op)
    ? `"${node.name}" is a variable (${node.op}); the graph is not frozen.`
    : `"${node.name}" is the operation ${node.op}, which cannot be computed here.`
  throw fail('unsupported-graph', what, 'Freeze the graph, or use one without this operation.', placeOf(node))
}

function compute(tf: Tf, { node, kernel }: Step, values: Map<string, Operand[]>, keep: boolean): Operand[] {
  const operands = node.inputs.map(input => take(values, input))
  const results = () => {
    const call = { tf, node, inputs: operands }
    // Small plain values (shapes, axes) are no work for a backend, and keep their own types so.
    const made = (isPlain(operands) && isSmall(operands) && evaluated(call, 4 * SMALL)) || kernel(call)
    return (Array.isArray(made) ? made : [made]).map(result => operandOf(tf, result, keep))
  }
  try {
    return keep ? scoped(tf, results) : results()
  } catch (error) {
    if (error instanceof FailureError) throw error
    throw fail(
      'unsupported-graph',
      `"${node.name}" (${node.op}) cannot be computed: ${error instanceof Error ? error.message : String(error)}`,
      'Check the shape of the input, or export the graph again.',
      { ...placeOf(node), cause: error },
    )
  }
}

/** Elements up to which plain values are computed in plain memory. */
const SMALL = 1024

const isSmall = (operands: Operand[]): boolean =>
  operands.length > 0 && operands.every(operand => sizeOf(operand.shape) <= SMALL)

/** The node to blame, and the layer that a person knows it by. */
const placeOf = ({ name, origin }: GraphNode) => ({
  node: name,
  ...(origin?.layer !== undefined && { layer: origin.layer }),
})

function take(values: Map<string, Operand[]>, port: Port): Operand {
  const operand = values.get(port.node)?.[port.port]
  if (!operand)
    throw fail(
      'unsupported-graph',
      `The graph reads "${portName(port)}", which nothing makes.`,
      'Export the graph again.',
      {
        node: port.node,
      },
    )
  return operand
}

/** Constants that were only steps on the way to others hold memory for nothing. */
function release(live: Step[], outputs: { port: Port }[], fixed: Map<string, Operand[]>): void {
  const read = new Set([
    ...live.flatMap(({ node }) => node.inputs.map(input => input.node)),
    ...outputs.map(output => output.port.node),
  ])
  for (const [name, operands] of fixed) {
    if (read.has(name)) continue
    for (const operand of operands) operand.free()
    fixed.delete(name)
  }
}

function checkNames(inputs: { name: string }[], feeds: Record<string, Values>): void {
  const known = inputs.map(input => input.name)
  for (const name of Object.keys(feeds))
    if (!known.includes(name))
      throw fail(
        'bad-input',
        `The model has no input named "${name}".`,
        `Its inputs are: ${known.join(', ')}.`,
      )
}

/** Numbers come as floats; an input of whole numbers takes those that are whole. */
function feed(
  tf: Tf,
  name: string,
  shape: Endpoint['shape'],
  dtype: DataType,
  values: Values | undefined,
): Operand {
  if (!values)
    throw fail('bad-input', `The input "${name}" is missing.`, 'Send a value for every input of the model.')
  const fits =
    shape === undefined ||
    (shape.length === values.shape.length &&
      shape.every((size, axis) => size < 0 || size === values.shape[axis]))
  if (!fits || sizeOf(values.shape) !== values.data.length)
    throw fail(
      'bad-input',
      `The input "${name}" has the shape [${values.shape.join(', ')}] and ${values.data.length} values.`,
      `It must be of the shape [${(shape ?? []).map(size => (size < 0 ? 'any' : size)).join(', ')}].`,
    )
  if (dtype === 'string')
    throw fail('bad-input', `The input "${name}" takes texts.`, 'Give the model numbers instead.')
  if (isFloat(dtype)) return operandOf(tf, tf.tensor(values.data, values.shape, 'float32'), false)
  if (!values.data.every(Number.isInteger))
    throw fail(
      'bad-input',
      `The input "${name}" takes whole numbers (${dtype}), and some are not.`,
      'Send whole numbers.',
    )
  if (dtype === 'bool')
    return operandOf(tf, tf.tensor(Uint8Array.from(values.data, Number), values.shape, 'bool'), false)
  return operandOf(tf, tf.tensor(Int32Array.from(values.data), values.shape, 'int32'), false)
}

const isFloat = (dtype: DataType): boolean => /^b?float/.test(dtype)
