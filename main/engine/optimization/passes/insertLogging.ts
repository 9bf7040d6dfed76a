import { attr, type GraphNode, portOf, typesAttr } from '../../graph/index.ts'
import { flag, text, texts, whole } from './arguments.ts'
import { port } from './draft.ts'
import { count, type Pass } from './pass.ts'
import { outputTypes } from './registry/index.ts'

/** `Print` nodes behind nodes of interest, so that TensorFlow's log tells what flows through them. */
export const insertLogging: Pass<{ logged: string[] }> = {
  name: 'insert_logging',
  title: 'Values in the log',
  about: 'Makes TensorFlow print the values of certain nodes whenever the graph runs.',
  arguments: [
    {
      name: 'op',
      about: 'An operation to print; may be given several times. All without it.',
      required: false,
    },
    {
      name: 'prefix',
      about: 'The beginning of the names to print; may be given several times. All without it.',
      required: false,
    },
    { name: 'show_op', about: 'true prints the operation too.', required: false },
    { name: 'show_name', about: 'true prints the name too.', required: false },
    { name: 'message', about: 'What to print in front.', required: false },
    { name: 'first_n', about: 'How often to print; -1, which is always, without it.', required: false },
    { name: 'summarize', about: 'How many values of a tensor; 1024 without it.', required: false },
  ],
  run(graph, args = {}) {
    const [ops, prefixes] = [new Set(texts(args, 'op')), texts(args, 'prefix')]
    const [showOp, showName] = [flag(args, 'show_op', false), flag(args, 'show_name', false)]
    const message = text(args, 'message') ?? ''
    const [first, summarize] = [whole(args, 'first_n', -1), whole(args, 'summarize', 1024)]

    const ports = new Map<string, Set<number>>()
    const reads = (node: string, index: number) => {
      const known = ports.get(node)
      if (known) known.add(index)
      else ports.set(node, new Set([index]))
    }
    for (const node of graph.nodes) for (const input of node.inputs) reads(input.node, input.port)
    const names = new Set(graph.nodes.map(node => node.name))
    const printed = new Map<string, string>()
    const prints = new Map<string, GraphNode>()
    for (const node of graph.nodes) {
      const read = [...(ports.get(node.name) ?? [])].sort((a, b) => a - b)
      if (read.length === 0 || (ops.size > 0 && !ops.has(node.op))) continue
      if (prefixes.length > 0 && !prefixes.some(prefix => node.name.startsWith(prefix))) continue
      const types = outputTypes(node)
      const shown = read.map(index => types?.[index])
      const through = types?.[0]
      // A handle, or what an unknown operation makes, cannot be printed.
      if (!through || shown.some(type => !type || type === 'resource' || type === 'variant')) continue
      let name = `${node.name}__print__`
      while (names.has(name)) name += '_'
      names.add(name)
      printed.set(node.name, name)
      prints.set(node.name, {
        name,
        op: 'Print',
        inputs: [port(node.name), ...read.map(index => port(node.name, index))],
        controls: [],
        device: node.device,
        attrs: {
          T: attr.type(through),
          U: typesAttr(shown as NonNullable<typeof types>),
          message: attr.string(`${showOp ? `;${node.op};` : ''}${showName ? `;${name};` : ''}${message}`),
          first_n: attr.int(first),
          summarize: attr.int(summarize),
        },
        ...(node.origin && { origin: node.origin }),
      })
    }
    const nodes = graph.nodes.flatMap(node => {
      const inputs = node.inputs.map(input =>
        input.port === 0 ? port(printed.get(input.node) ?? input.node) : input,
      )
      const made = node.inputs.some(input => input.port === 0 && printed.has(input.node))
        ? { ...node, inputs }
        : node
      const print = prints.get(node.name)
      return print ? [made, print] : [made]
    })
    const aside = graph.outputs.filter(end => printed.has(portOf(end.name).node)).length
    return {
      graph: { ...graph, nodes },
      report: { logged: [...printed.keys()] },
      note: `${count(printed.size, 'node')} printed${aside > 0 ? ', outputs where something else reads them' : ''}`,
    }
  },
}
