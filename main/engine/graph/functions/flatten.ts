import { clone, create } from '@bufbuild/protobuf'
import { writeAttr } from '../formats/graphdef.ts'
import { type FunctionDef, FunctionDefSchema } from '../gen/function_pb.ts'
import { type NodeDef, NodeDefSchema } from '../gen/node_def_pb.ts'
import { OpDefSchema } from '../gen/op_def_pb.ts'
import type { GraphNode } from '../graph.ts'
import { expand } from './expand.ts'
import { functionsIn, type Library } from './library.ts'
import { readReference, writeReference } from './reference.ts'
import { type Step, stepOf } from './step.ts'

/**
 * The functions that nodes still need (the bodies of loops, the branches of choices), with the calls inside them written
 * out, so that they name only loops and choices in turn.
 */
export function flattenFunctions(nodes: GraphNode[], library: Library): FunctionDef[] {
  const kept = new Map<string, FunctionDef>()
  const open = namedBy(nodes)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const definition = library.get(name)
    if (!definition || kept.has(name)) continue
    const { flat, steps } = flatten(definition, library)
    kept.set(name, flat)
    for (const next of namedBy(steps)) open.push(next)
  }
  return [...library.keys()].flatMap(name => kept.get(name) ?? [])
}

const namedBy = (nodes: Pick<GraphNode, 'attrs'>[]): string[] =>
  nodes.flatMap(node =>
    Object.values(node.attrs)
      .flatMap(functionsIn)
      .map(({ name }) => name),
  )

/** The functions of a library that nodes name, and those that these name, in the library's order. */
export function reached(nodes: Pick<GraphNode, 'attrs'>[], library: Library): FunctionDef[] {
  const kept = new Set<string>()
  const open = namedBy(nodes)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const definition = library.get(name)
    if (!definition || kept.has(name)) continue
    kept.add(name)
    for (const next of namedBy(definition.nodeDef.map(node => stepOf(node, library.room)))) open.push(next)
  }
  return [...library].flatMap(([name, definition]) => (kept.has(name) ? definition : []))
}

function flatten(definition: FunctionDef, library: Library): { flat: FunctionDef; steps: Step[] } {
  const { steps, resolve } = expand(
    definition.nodeDef.map(node => stepOf(node, library.room)),
    library,
  )
  const ret = Object.fromEntries(
    Object.entries(definition.ret).map(([name, text]) => [
      name,
      writeReference(resolve(readReference(text))),
    ]),
  )
  // A call may have been waited for at the end; whatever it did that matters is one of its steps.
  const names = new Set(steps.map(step => step.name))
  const controlRet = Object.fromEntries(
    Object.entries(definition.controlRet).filter(([, name]) => names.has(name)),
  )
  const signature = definition.signature && clone(OpDefSchema, definition.signature)
  if (signature) signature.controlOutput = signature.controlOutput.filter(name => name in controlRet)
  const needed = reachedFrom(steps, Object.values(ret), Object.values(controlRet))
  const flat = create(FunctionDefSchema, {
    ...definition,
    signature,
    ret,
    controlRet,
    // What chose between implementations of a layer for one kind of processor means nothing to a graph at rest.
    attr: Object.fromEntries(Object.entries(definition.attr).filter(([name]) => !name.startsWith('api_'))),
    nodeDef: needed.map(nodeDefOf),
  })
  return { flat, steps: needed }
}

function reachedFrom(steps: Step[], results: string[], controls: string[]): Step[] {
  const byName = new Map(steps.map(step => [step.name, step]))
  const needed = new Set<Step>()
  const open = [...results.map(text => readReference(text).node), ...controls]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const step = byName.get(name)
    if (!step || needed.has(step)) continue
    needed.add(step)
    for (const { node } of step.inputs) open.push(node)
    for (const source of step.controls) open.push(source)
  }
  return steps.filter(step => needed.has(step))
}

export const nodeDefOf = (step: Step): NodeDef =>
  create(NodeDefSchema, {
    name: step.name,
    op: step.op,
    device: step.device,
    input: [...step.inputs.map(writeReference), ...step.controls.map(name => `^${name}`)],
    attr: Object.fromEntries(Object.entries(step.attrs).map(([name, value]) => [name, writeAttr(value)])),
  })
