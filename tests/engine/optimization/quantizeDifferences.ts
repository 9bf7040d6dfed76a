import type { LiteModel, LiteOperator, LiteTensor } from '../../../main/engine/graph/index.ts'

/** Names in the signature, in the order of the graph. */
export function namesOf({ subgraphs, signatures }: LiteModel) {
  const [signature] = signatures
  const named = (ends: { name: string; tensor: number }[] = [], tensors: number[] = []) =>
    tensors.map(tensor => ends.find(end => end.tensor === tensor)?.name ?? '')
  return {
    inputs: named(signature?.inputs, subgraphs[0]?.inputs),
    outputs: named(signature?.outputs, subgraphs[0]?.outputs),
  }
}

/** How two files differ, found by walking from their outputs to what each is computed from. */
export function differences(ours: LiteModel, theirs: LiteModel): string[] {
  const found = new Set<string>()
  const [a, b] = [ours.subgraphs[0], theirs.subgraphs[0]]
  if (!a || !b) return ['no graph']
  const [madeA, madeB] = [a, b].map(
    graph =>
      new Map(graph.operators.flatMap(each => each.outputs.map((tensor, at) => [tensor, { each, at }]))),
  ) as Map<number, { each: LiteOperator; at: number }>[]
  const seen = new Set<string>()
  const compare = (x: number, y: number, where: string): void => {
    if (seen.has(`${x} ${y}`)) return
    seen.add(`${x} ${y}`)
    const [u, v] = [a.tensors[x], b.tensors[y]]
    if (!u || !v) {
      if (u || v) found.add(`${where}: ${u?.name} is not ${v?.name}`)
      return
    }
    compareTensors(u, v, where)
    const [p, q] = [madeA?.get(x), madeB?.get(y)]
    if (p?.each.op !== q?.each.op || p?.at !== q?.at) {
      found.add(`${where} of ${p?.each.op}, not ${q?.each.op}`)
      return
    }
    if (!p || !q) return
    if (p.each.version > 1 && u.type === 'int8' && p.each.version > q.each.version)
      found.add(`${p.each.op} of version ${p.each.version}, not ${q.each.version}`)
    if (p.each.inputs.length !== q.each.inputs.length) found.add(`inputs of ${p.each.op}`)
    p.each.inputs.forEach((input, at) => {
      compare(input, q.each.inputs[at] ?? -1, `${p.each.op}, input ${at}`)
    })
  }
  const compareTensors = (u: LiteTensor, v: LiteTensor, where: string): void => {
    if (u.type !== v.type) found.add(`${where}: ${u.type}, not ${v.type}`)
    if (Boolean(u.data) !== Boolean(v.data)) found.add(`${where}: constant on one side`)
    if (u.type === 'float32' || u.type !== v.type) return
    const [p, q] = [u.quantization, v.quantization]
    const isNear = (scale: number, i: number) =>
      Math.abs(scale - (q?.scale[i] ?? 0)) <= 2 ** -22 * scale && p?.zeroPoint[i] === q?.zeroPoint[i]
    if ((p?.scale.length ?? 0) !== (q?.scale.length ?? 0) || !(p?.scale.every(isNear) ?? true))
      found.add(
        `${where}: ${p?.scale[0]} from ${p?.zeroPoint[0]}, not ${q?.scale[0]} from ${q?.zeroPoint[0]}`,
      )
    if (p && q && p.scale.length > 1 && p.axis !== q.axis)
      found.add(`${where}: axis ${p.axis}, not ${q.axis}`)
    if (u.data && v.data && Buffer.compare(u.data, v.data) !== 0) found.add(`${where}: other values`)
  }
  const [namesA, namesB] = [namesOf(ours), namesOf(theirs)]
  namesA.outputs.forEach((name, i) => {
    compare(a.outputs[i] as number, b.outputs[namesB.outputs.indexOf(name)] ?? -1, `output ${name}`)
  })
  if (a.operators.length !== b.operators.length)
    found.add(`${a.operators.length} operators, not ${b.operators.length}`)
  // Of the bodies of loops it is enough to know which numbers they compute with.
  const bodies = ({ subgraphs }: LiteModel) =>
    subgraphs
      .slice(1)
      .map(body => body.operators.map(each => [each.op, ...each.inputs.map(at => body.tensors[at]?.type)]))
  if (JSON.stringify(bodies(ours)) !== JSON.stringify(bodies(theirs))) found.add('bodies of loops')
  return [...found]
}
