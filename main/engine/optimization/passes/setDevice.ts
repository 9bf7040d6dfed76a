import { flag, text } from './arguments.ts'
import { count, type Pass } from './pass.ts'

/** Says on which device nodes are to run. */
export const setDevice: Pass<{ changed: number }> = {
  name: 'set_device',
  title: 'On a device',
  about: 'Asks for a device for all nodes, or for those that ask for none.',
  arguments: [
    { name: 'device', about: 'As TensorFlow names it, "/device:CPU:0"; none without it.', required: false },
    {
      name: 'if_default',
      about: 'true leaves alone the nodes that ask for a device already.',
      required: false,
    },
  ],
  run(graph, args = {}) {
    const device = text(args, 'device') ?? ''
    const onlyFree = flag(args, 'if_default', false)
    let changed = 0
    const nodes = graph.nodes.map(node => {
      if (node.device === device || (onlyFree && node.device !== '')) return node
      changed++
      return { ...node, device }
    })
    return { graph: { ...graph, nodes }, report: { changed }, note: `${count(changed, 'node')} changed` }
  },
}
