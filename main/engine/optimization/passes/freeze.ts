import { type FreezeReport, freeze as freezeGraph } from '../../graph/index.ts'
import type { Pass } from './pass.ts'

/** Variables to constants: the step before all others where a model still has variables. */
export const freeze: Pass<FreezeReport> = {
  name: 'freeze',
  title: 'Variables to constants',
  about: 'Turns trained variables into constants and drops what only training needs.',
  arguments: [],
  run(graph) {
    const { graph: frozen, report } = freezeGraph(graph)
    const { variables, dropped } = report
    return {
      graph: frozen,
      report,
      note: `${variables} variables became constants, ${dropped} unused nodes dropped`,
    }
  },
}
