import type { Transformed } from '#contract'
import { endpointsInWords } from './endpoints.ts'
import { bytesInWords, counted, named } from './figures.ts'
import { reportsInWords } from './passes.ts'

/** A graph after its passes, for a person. */
export const transformedInWords = (done: Transformed): string =>
  [
    `${counted(done.nodes, 'node')}, ${bytesInWords(done.bytes)}`,
    ...named([['file', done.out ?? `kept in the workspace as ${done.id.slice(0, 12)}`]]),
    ...endpointsInWords(done),
    '',
    ...reportsInWords(done.passes),
  ].join('\n')
