import type { PassInfo, PassReport } from '#contract'
import { bytesInWords, figure, named } from './figures.ts'

/** What each pass did, one a line. */
export const reportsInWords = (passes: readonly PassReport[]): string[] =>
  named(
    passes.map(
      ({ pass, note, nodesBefore, nodesAfter, bytesBefore, bytesAfter, maxDifference, accuracy }) => [
        pass,
        [
          note,
          nodesBefore === nodesAfter ? null : `${nodesBefore} → ${nodesAfter} nodes`,
          bytesBefore === bytesAfter ? null : `${bytesInWords(bytesBefore)} → ${bytesInWords(bytesAfter)}`,
          maxDifference === null ? null : `outputs differ by ${figure(maxDifference)}`,
          accuracy === null ? null : `accuracy ${(100 * accuracy).toFixed(1)}%`,
        ]
          .filter(Boolean)
          .join('; '),
      ],
    ),
  )

/** All passes with their arguments, and those that are run without any choice. */
export const passesInWords = ({ passes, recommended }: { passes: PassInfo[]; recommended: string }): string =>
  [
    ...passes.flatMap(({ name, about, arguments: args }) => [
      name,
      `  ${about}`,
      ...args.map(each => `  ${each.name}${each.required ? ' (required)' : ''}: ${each.about}`),
    ]),
    '',
    `recommended: ${recommended}`,
  ].join('\n')
