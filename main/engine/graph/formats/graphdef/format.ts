import { statSync } from 'node:fs'
import { fail } from '../../../kit/index.ts'
import type { Endpoint, Graph } from '../../graph.ts'
import { inferShapes } from '../../infer/index.ts'
import { isVariable, variableName } from '../../variables.ts'
import type { Format, OpenedModel, OpenOptions } from '../format.ts'
import { openGraphDef } from '../graphdef.ts'
import { headOf } from '../head.ts'
import { openPbtxt } from '../pbtxt.ts'

const SIGNATURE = 'serving_default'

/** A graph that is described as it is: `.pb`, or the same as text, `.pbtxt`. */
export const graphdef: Format = {
  name: 'graphdef',
  title: 'TensorFlow GraphDef',
  match: (path, head) => /\.(pb|pbtxt|graphdef)$/i.test(path) || isNode(head) || isText(head),
  async open(path, options) {
    const ends = { inputs: options.inputs, outputs: options.outputs }
    const graph = isTextFile(path) ? openPbtxt(path, ends) : await openGraphDef(path, ends, options.signal)
    return opened('graphdef', graph, statSync(path).size, options)
  },
}

/** By its name, or by its first words whatever its name. */
function isTextFile(path: string): boolean {
  const head = headOf(path)
  return /\.pbtxt$/i.test(path) || (!isNode(head) && isText(head))
}

/** What a graph without signatures gives: one, of its inputs and outputs. */
export function opened(
  format: OpenedModel['format'],
  graph: Graph,
  bytes: number,
  options: OpenOptions,
): OpenedModel {
  if (options.signature !== undefined && options.signature !== SIGNATURE)
    throw fail(
      'not-found',
      `The model has no signature "${options.signature}".`,
      `It has one, "${SIGNATURE}"; name inputs and outputs to take another part.`,
    )
  const whole = completed(graph)
  return {
    format,
    graph: whole,
    signatures: [{ name: SIGNATURE, inputs: whole.inputs, outputs: whole.outputs }],
    signature: SIGNATURE,
    bytes,
    notes: notesOf(whole),
  }
}

/** With where each node came from, and with type and shape of inputs and outputs as far as they follow. */
function completed(graph: Graph): Graph {
  const inferred = inferShapes(graph)
  const complete = (end: Endpoint): Endpoint => {
    const found = inferred.get(end.name)
    return found ? { ...end, dtype: found.dtype, shape: end.shape ?? found.shape } : end
  }
  return {
    ...graph,
    nodes: graph.nodes.map(node => (node.origin ? node : { ...node, origin: { node: node.name } })),
    inputs: graph.inputs.map(complete),
    outputs: graph.outputs.map(complete),
  }
}

function notesOf({ nodes, variables, library }: Graph): string[] {
  const open = nodes.filter(node => isVariable(node) && !variables.has(variableName(node)))
  const functions = library?.function.length ?? 0
  return [
    ...(open.length > 0
      ? [
          `The file holds no values for ${open.length} variables; open the checkpoint that belongs to it to freeze them.`,
        ]
      : []),
    ...(functions > 0 ? [`The file holds ${functions} functions that its operations may call.`] : []),
  ]
}

/** Whether the file begins with a node: its field, its length, its name, its operation. */
function isNode(head: Uint8Array): boolean {
  let at = 0
  const length = () => {
    let [value, factor] = [0, 1]
    for (; at < head.length; factor *= 128) {
      const byte = head[at++] as number
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
    return -1
  }
  if (head[at++] !== 0x0a || length() < 4 || head[at++] !== 0x0a) return false
  const name = length()
  const letters = head.subarray(at, at + name)
  at += name
  if (name < 1 || letters.length < name || letters.some(byte => byte < 0x20)) return false
  if (head[at++] !== 0x12) return false
  const op = length()
  return op > 0 && /^[A-Za-z_]/.test(String.fromCharCode(head[at] ?? 0))
}

const isText = (head: Uint8Array): boolean =>
  /^(\s|#.*\n)*(node|library|versions)\s*:?\s*[{<]/.test(new TextDecoder('latin1').decode(head))
