import { setImmediate } from 'node:timers/promises'
import { fail } from '../../../kit/index.ts'
import { inlineFunctions } from '../../functions/index.ts'
import { attrOf, byName, type Graph, portOf } from '../../graph.ts'
import { holdsTable } from '../../tables.ts'
import { isVariable } from '../../variables.ts'
import type { Checkpoint } from '../checkpoint/stored.ts'
import type { OpenedModel, OpenOptions, Signature } from '../format.ts'
import type { Ends } from '../graphdef/ends.ts'
import { between } from './ends.ts'
import type { MetaGraph } from './metaGraph.ts'
import { restoredBy } from './restore.ts'
import { chooseSignature, readSignatures } from './signatures.ts'
import { readVariables } from './variables.ts'

/** Where a model's parts come from. */
export interface Parts {
  format: OpenedModel['format']
  meta: MetaGraph
  /** Undefined where there are no variables at all. */
  checkpoint(): Checkpoint | undefined
  /** The ends of a graph without signatures. */
  ends?(graph: Graph): Signature & { notes: string[] }
  /** Bytes of the file of the graph. */
  bytes: number
}

/**
 * The graph of one signature, functions written out, with the values of the variables that it needs.
 * @throws Failure `unreadable-file`, `unsupported-graph`, `not-found`
 */
export async function openParts(parts: Parts, options: OpenOptions): Promise<OpenedModel> {
  const { about } = parts.meta
  const notes: string[] = []
  const whole = await parts.meta.graph(options.signal)
  let signatures = readSignatures(about.signatureDef)
  if (signatures.length === 0 && parts.ends) {
    const { notes: said, ...ends } = parts.ends(whole)
    notes.push(...said)
    signatures = [ends]
  }
  const signature = chooseSignature(signatures, options.signature)
  checkEnds(signature, whole)
  await setImmediate()
  options.signal?.throwIfAborted()
  const inlined = inlineFunctions({ ...whole, inputs: signature.inputs, outputs: signature.outputs })
  const graph = between(inlined, chosenEnds(options, signature, inlined))
  const checkpoint = graph.nodes.some(isVariable) ? parts.checkpoint() : undefined
  try {
    const restored = checkpoint ? restoredBy(whole, about.saverDef?.restoreOpName ?? '') : new Map()
    const variables = checkpoint
      ? await readVariables(graph, checkpoint, restored, options.signal)
      : new Map()
    return {
      format: parts.format,
      graph: { ...graph, variables },
      signatures,
      signature: signature.name,
      bytes: parts.bytes + (checkpoint?.bytes ?? 0),
      notes: [...notes, ...tableNotes(graph), ...assetNotes(parts.meta)],
    }
  } finally {
    checkpoint?.close()
  }
}

/** Ends may be named as the signature names them, though a call of a function goes by another name now. */
function chosenEnds({ inputs, outputs }: OpenOptions, signature: Signature, inlined: Graph): Ends {
  const named = (name: string) => {
    const at = signature.outputs.findIndex(end => end.name === name || end.key === name)
    return inlined.outputs[at]?.name ?? name
  }
  return { ...(inputs && { inputs }), ...(outputs && { outputs: outputs.map(named) }) }
}

function checkEnds({ name, inputs, outputs }: Signature, graph: Graph): void {
  const nodes = byName(graph)
  for (const end of [...inputs, ...outputs]) {
    const { node } = portOf(end.name)
    if (nodes.has(node)) continue
    throw fail(
      'unreadable-file',
      `The signature "${name}" names "${node}", which is not in the graph.`,
      'The file may be damaged; export the model again.',
      { node },
    )
  }
}

const tableNotes = ({ nodes }: Graph): string[] =>
  nodes
    .filter(holdsTable)
    .map(
      node =>
        `The table "${attrOf(node, 'shared_name', 'string') || node.name}" is filled from elsewhere when the model is loaded, and cannot become a constant.`,
    )

const assetNotes = ({ about }: MetaGraph): string[] =>
  about.assetFileDef.map(
    ({ filename }) => `The file "${filename}" that belongs to the model was left where it is.`,
  )
