import { constantFrom, Draft, port } from './draft.ts'
import { count, type Pass } from './pass.ts'

const MAKERS = new Set(['TensorArrayV3', 'TensorArrayGradV3'])
const USERS = /^TensorArray(Write|Read|Gather|Scatter|Concat|Split|Size|Close)V3$/

/**
 * Version 3 of tensor arrays as version 2, which has no second output: what read the flow gets a constant instead.
 */
export const backportTensorArrayV3: Pass<{ changed: number }> = {
  name: 'backport_tensor_array_v3',
  title: 'Older tensor arrays',
  about: 'Writes tensor arrays in the version that old runtimes know.',
  arguments: [],
  run(graph) {
    const draft = new Draft(graph)
    const flows = new Map<string, string>()
    let changed = 0
    for (const node of graph.nodes) {
      if (!MAKERS.has(node.op) && !USERS.test(node.op)) continue
      changed++
      draft.put({ ...node, op: node.op.replace(/3$/, '2') })
      if (!MAKERS.has(node.op)) continue
      const flow = draft.free(`${node.name}/replacement_flow_node`)
      draft.put(
        constantFrom(flow, { dtype: 'float32', shape: [], data: Float32Array.of(1) }, node),
        node.name,
      )
      flows.set(node.name, flow)
    }
    for (const { name } of graph.nodes) {
      const node = draft.get(name)
      if (!node?.inputs.some(input => input.port === 1 && flows.has(input.node))) continue
      const inputs = node.inputs.map(input => {
        const flow = input.port === 1 ? flows.get(input.node) : undefined
        return flow ? port(flow) : input
      })
      draft.put({ ...node, inputs })
    }
    return { graph: draft.graph(), report: { changed }, note: `${count(changed, 'node')} changed` }
  },
}
