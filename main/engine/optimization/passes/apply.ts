import { bytesPerElement, type Graph, sizeOf } from '../../graph/index.ts'
import { FailureError, fail } from '../../kit/index.ts'
import { text } from './arguments.ts'
import { PASSES } from './list.ts'
import type { Pass, PassResult } from './pass.ts'
import { parseTransforms, type Transform } from './transforms.ts'

/** What one pass did to the graph; bytes are those of constants and variables. */
export interface AppliedPass {
  pass: string
  nodesBefore: number
  nodesAfter: number
  bytesBefore: number
  bytesAfter: number
  note: string
}

/**
 * @throws Failure `not-found` for a name that is none of {@link PASSES}
 */
export function passNamed(name: string): Pass {
  const pass = PASSES.find(candidate => candidate.name === name)
  if (pass) return pass
  throw fail(
    'not-found',
    `There is no transform named "${name}".`,
    `Choose of: ${PASSES.map(candidate => candidate.name).join(', ')}.`,
  )
}

/**
 * Runs passes one after the other. With `ignore_errors=true` a pass that fails leaves the graph as it was, and its
 * report says why.
 *
 * @param transforms in the grammar of TensorFlow's `transform_graph`, or read already
 * @param onPass called before each, with how many came before
 * @param own whether the graph is given away: nobody looks at it afterwards, and what replaces its weights may take
 * their memory, so that a large model is not held twice
 * @throws Failure of {@link parseTransforms}, of {@link passNamed} before anything runs, and of the passes
 */
export function applyTransforms(
  graph: Graph,
  transforms: string | readonly Transform[],
  onPass?: (pass: Pass, index: number) => void,
  own = false,
): { graph: Graph; reports: AppliedPass[] } {
  const steps = (typeof transforms === 'string' ? parseTransforms(transforms) : transforms).map(
    ({ name, args }) => ({
      pass: passNamed(name),
      args,
      ignoreErrors: ignoresErrors(text(args, 'ignore_errors')),
    }),
  )
  let current = graph
  const reports = steps.map(({ pass, args, ignoreErrors }, index): AppliedPass => {
    onPass?.(pass, index)
    const before = current
    const bytesBefore = weightBytes(before)
    // A pass that may fail must leave the graph as it was.
    const { graph: after, note } = ignoreErrors ? tolerant(pass, before, args) : pass.run(before, args, own)
    const [dangling] = danglingInputs(after)
    if (dangling)
      throw new Error(`${pass.name} left "${dangling.reader}" reading "${dangling.name}", which is gone`)
    current = after
    return {
      pass: pass.name,
      nodesBefore: before.nodes.length,
      nodesAfter: after.nodes.length,
      bytesBefore,
      bytesAfter: weightBytes(after),
      note,
    }
  })
  return { graph: current, reports }
}

function tolerant(pass: Pass, graph: Graph, args: Transform['args']): Pick<PassResult, 'graph' | 'note'> {
  try {
    return pass.run(graph, args)
  } catch (error) {
    if (error instanceof FailureError) return { graph, note: `left out: ${error.failure.message}` }
    throw error
  }
}

function ignoresErrors(value: string | undefined): boolean {
  const word = value?.toLowerCase()
  if (word === undefined || word === 'false') return false
  if (word === 'true') return true
  throw fail('bad-input', `"ignore_errors" is "${value}".`, 'Give true or false.')
}

/** Inputs and waits whose node is not in the graph; a graph that runs has none. */
export function danglingInputs({ nodes }: Graph): { reader: string; name: string }[] {
  const names = new Set(nodes.map(node => node.name))
  return nodes.flatMap(node =>
    [...node.inputs.map(input => input.node), ...node.controls]
      .filter(name => !names.has(name))
      .map(name => ({ reader: node.name, name })),
  )
}

/** Bytes of all constants and variables, which is nearly all of a file. */
export function weightBytes(graph: Graph): number {
  let bytes = 0
  for (const { data } of graph.variables.values()) bytes += data.byteLength
  for (const { op, attrs } of graph.nodes)
    if (op === 'Const' && attrs.value?.kind === 'tensor')
      bytes += sizeOf(attrs.value.value.shape) * bytesPerElement(attrs.value.value.dtype)
  return bytes
}
