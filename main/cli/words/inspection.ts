import { basename } from 'node:path'
import type { Inspection } from '#contract'
import { endpointsInWords } from './endpoints.ts'
import { bytesInWords, counted, firstOf, named } from './figures.ts'

const BLOCKED = {
  freeze: 'cannot be frozen',
  tflite: 'no form in TensorFlow Lite',
  run: 'does not run as a graph here',
} as const

/** What of a model stands in the way of what, where, and what can still be done. */
function unsupportedInWords({ unsupported }: Inspection): string[] {
  if (unsupported.length === 0) return []
  return [
    `${counted(unsupported.length, 'operation')} cannot go everywhere:`,
    ...unsupported.flatMap(({ op, count, nodes, layers, blocks }) => [
      `  ${op}${count > 1 ? ` (${count.toLocaleString('en-US')})` : ''}: ${blocks.map(each => BLOCKED[each]).join(', ')}`,
      `    in ${layers.length > 0 ? `layer ${firstOf(layers, 4)}` : firstOf(nodes, 4)}`,
    ]),
    ...new Set(
      unsupported.flatMap(({ still, blocks }) => (still ? [`${WHERE[mostOf(blocks)]}: ${still}`] : [])),
    ),
  ]
}

type Block = Inspection['unsupported'][number]['blocks'][number]

const WHERE: Record<Block, string> = {
  freeze: 'What cannot be frozen',
  tflite: 'What has no form in TensorFlow Lite',
  run: 'What does not run as a graph here',
}

const mostOf = (blocks: readonly Block[]): Block =>
  (['freeze', 'tflite', 'run'] as const).find(each => blocks.includes(each)) ?? 'run'

/** A model file for a person: what stands in the way first, then its ends, then what it is made of. */
export function inspectionInWords(seen: Inspection): string {
  const others = seen.signatures.map(({ name }) => name).filter(name => name !== seen.signature)
  return [
    `${basename(seen.model)}: ${seen.title}, ${bytesInWords(seen.bytes)}`,
    ...seen.notes.map(note => `! ${note}`),
    ...unsupportedInWords(seen),
    '',
    ...named([
      ['signature', `${seen.signature}${others.length > 0 ? `; there is also ${firstOf(others, 6)}` : ''}`],
      [
        'weights',
        `${counted(seen.parameters, 'parameter')}, ${bytesInWords(seen.weightBytes)}` +
          ` (${seen.bytesByType.map(({ dtype, bytes }) => `${dtype} ${bytesInWords(bytes)}`).join(', ')})`,
      ],
      [
        'nodes',
        `${seen.nodes.toLocaleString('en-US')}: ${firstOf(
          seen.ops.map(({ op, count }) => `${op} ${count.toLocaleString('en-US')}`),
          8,
        )}`,
      ],
    ]),
    '',
    ...endpointsInWords(seen),
  ].join('\n')
}
