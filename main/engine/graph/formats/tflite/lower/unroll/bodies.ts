import { functionsIn, openLibrary } from '../../../../functions/library.ts'
import { portIn, type Reference, readReference } from '../../../../functions/reference.ts'
import { stepOf } from '../../../../functions/step.ts'
import type { FunctionDefLibrary } from '../../../../gen/function_pb.ts'
import type { Attr, GraphNode, Port } from '../../../../graph.ts'
import { inOrder } from '../../../../order.ts'
import { Stuck } from './traced.ts'

/** The body of a function as nodes, in an order in which they can be computed. */
export interface Body {
  arguments: string[]
  nodes: GraphNode[]
  results: Port[]
}

/** Reads bodies of functions, each once. */
export class Bodies {
  private readonly library: ReturnType<typeof openLibrary>
  private readonly read = new Map<string, Body>()

  constructor(library: FunctionDefLibrary | undefined) {
    this.library = openLibrary(library)
  }

  /** The function that an attribute of a node names. */
  of(attr: Attr | undefined, index = 0): Body {
    const name = functionsIn(attr)[index]?.name ?? ''
    const made = this.read.get(name) ?? this.open(name)
    this.read.set(name, made)
    return made
  }

  private open(name: string): Body {
    const definition = this.library.get(name)
    if (!definition) throw new Stuck(`the function "${name}" is not in the file`)
    const steps = definition.nodeDef.map(node => stepOf(node, this.library.room))
    const byName = new Map(steps.map(step => [step.name, step]))
    const port = (reference: Reference): Port => {
      if ('port' in reference) return reference
      const source = byName.get(reference.node)
      if (!source) return { node: reference.node, port: 0 }
      const found = portIn(source, reference)
      if (found === undefined) throw new Stuck(`"${reference.node}" has no output "${reference.out}"`)
      return { node: reference.node, port: found }
    }
    const nodes = steps.map(
      ({ scope: _, ...step }): GraphNode => ({ ...step, inputs: step.inputs.map(port), controls: [] }),
    )
    const graph = {
      nodes,
      inputs: [],
      outputs: [],
      variables: new Map(),
      versions: { producer: 0, minConsumer: 0 },
    }
    return {
      arguments: (definition.signature?.inputArg ?? []).map(argument => argument.name),
      nodes: inOrder(graph),
      results: (definition.signature?.outputArg ?? []).map(result =>
        port(readReference(definition.ret[result.name] ?? '')),
      ),
    }
  }
}
