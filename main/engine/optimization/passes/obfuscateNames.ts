import { endsOf, renameReads } from './draft.ts'
import { count, type Pass } from './pass.ts'

const SIGNS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** A number in base 62. */
function short(number: number): string {
  let name = ''
  for (let rest = number; ; rest = Math.floor(rest / SIGNS.length)) {
    name = SIGNS[rest % SIGNS.length] + name
    if (rest < SIGNS.length) return name
  }
}

/** Names of one or a few signs for everything inside, which saves bytes and tells nothing; inputs and outputs keep theirs. */
export const obfuscateNames: Pass<{ renamed: number }> = {
  name: 'obfuscate_names',
  title: 'Short names',
  about: 'Gives every node but the inputs and outputs a name of a few signs.',
  arguments: [],
  run(graph) {
    const kept = endsOf(graph)
    const names = new Map<string, string>()
    let next = 0
    for (const { name } of graph.nodes) {
      if (kept.has(name)) continue
      let made = short(next++)
      while (kept.has(made)) made = short(next++)
      names.set(name, made)
    }
    const nameOf = (name: string) => names.get(name) ?? name
    const nodes = renameReads(graph.nodes, nameOf).map(node => ({ ...node, name: nameOf(node.name) }))
    return {
      graph: { ...graph, nodes },
      report: { renamed: names.size },
      note: `${count(names.size, 'node')} renamed`,
    }
  },
}
