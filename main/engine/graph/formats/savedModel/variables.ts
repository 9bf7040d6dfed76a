import { fromBinary } from '@bufbuild/protobuf'
import { TrackableObjectGraphSchema } from '../../gen/trackable_object_graph_pb.ts'
import type { Graph, Tensor } from '../../graph.ts'
import { isVariable, variableName } from '../../variables.ts'
import { type Checkpoint, notStored, type Wanted, wantedId } from '../checkpoint/stored.ts'

/**
 * The values of the variables that a graph has, and of no other.
 * @param restored what the graph's own way to restore says, by name
 * @throws Failure `unreadable-file` when the checkpoint does not have one of them
 */
export async function readVariables(
  graph: Graph,
  checkpoint: Checkpoint,
  restored: Map<string, Wanted>,
  signal?: AbortSignal,
): Promise<Map<string, Tensor>> {
  const names = [...new Set(graph.nodes.filter(isVariable).map(variableName))]
  let objects: Map<string, string> | undefined
  const wanted = names.map((name): [string, Wanted] => {
    const said = restored.get(name)
    if (said) return [name, said]
    objects ??= objectKeys(checkpoint)
    const key = [objects.get(name), name, `${name}/.ATTRIBUTES/VARIABLE_VALUE`].find(
      candidate => candidate !== undefined && checkpoint.has(candidate),
    )
    if (key === undefined) throw notStored(name)
    return [name, { key }]
  })
  const values = await checkpoint.read(
    wanted.map(([, one]) => one),
    signal,
  )
  return new Map(wanted.map(([name, one]) => [name, values.get(wantedId(one)) as Tensor]))
}

/** Keys by name of variable, as the objects that were saved tell (TF2's `_CHECKPOINTABLE_OBJECT_GRAPH`). */
function objectKeys(checkpoint: Checkpoint): Map<string, string> {
  const bytes = checkpoint.text('_CHECKPOINTABLE_OBJECT_GRAPH')
  if (!bytes) return new Map()
  const { nodes } = fromBinary(TrackableObjectGraphSchema, bytes)
  return new Map(
    nodes.flatMap(({ attributes }) =>
      attributes
        .filter(({ name, fullName }) => name === 'VARIABLE_VALUE' && fullName)
        .map(({ fullName, checkpointKey }): [string, string] => [fullName, checkpointKey]),
    ),
  )
}
