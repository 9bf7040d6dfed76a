import type { DatasetVersion } from '#contract'
import { bytesInWords, counted, firstOf, named } from './figures.ts'
import { partsInWords } from './statistics.ts'
import { tableInWords } from './table.ts'

const splitInWords = ({ splitBy, key }: DatasetVersion) =>
  splitBy ? `by ${splitBy.how} of ${splitBy.column}` : key.length > 0 ? `by hash of ${key.join(', ')}` : ''

/** One version of a dataset for a person. */
export const versionInWords = (version: DatasetVersion): string =>
  [
    `${version.dataset} v${version.number}: ${counted(version.rows, 'row')}, ${counted(version.columns.length, 'column')}`,
    ...version.notes.map(note => `! ${note}`),
    ...named([
      [
        'source',
        [
          version.source.path,
          version.source.format,
          version.source.files ? counted(version.source.files, 'file') : null,
          bytesInWords(version.source.bytes),
        ]
          .filter(Boolean)
          .join(', '),
      ],
      ['query', version.source.query ?? ''],
      ['change', version.parent?.change ?? ''],
      ['splits', [partsInWords(version.splits), splitInWords(version)].filter(Boolean).join('; ')],
    ]),
    '',
    ...tableInWords(
      [
        { head: 'column', of: ({ name }) => name },
        { head: 'type', of: ({ type }) => type },
      ],
      version.columns,
    ),
  ].join('\n')

const minute = (at: string) => at.slice(0, 16).replace('T', ' ')

/** A version of a dataset, and all of them where there are more. */
export const shownVersionInWords = ({
  version,
  versions,
}: {
  version: DatasetVersion
  versions: DatasetVersion[]
}): string =>
  [
    versionInWords(version),
    ...(versions.length > 1
      ? [
          '',
          ...tableInWords(
            [
              { head: 'version', of: ({ dataset, number }) => `${dataset}@${number}` },
              { head: 'rows', right: true, of: ({ rows }) => rows.toLocaleString('en-US') },
              { head: 'columns', right: true, of: ({ columns }) => columns.length },
              { head: 'made', of: ({ at }) => minute(at) },
              { head: 'change', wraps: true, of: ({ parent }) => parent?.change },
            ],
            versions,
          ),
        ]
      : []),
  ].join('\n')

type Listed = { name: string; versions: number; latest: DatasetVersion }

/** All datasets, one a line. */
export const datasetsInWords = ({ datasets }: { datasets: Listed[] }): string =>
  datasets.length === 0
    ? 'There are no datasets yet: dataset import makes one.'
    : tableInWords<Listed>(
        [
          { head: 'dataset', of: ({ name }) => name },
          { head: 'versions', right: true, of: ({ versions }) => versions },
          { head: 'rows', right: true, of: ({ latest }) => latest.rows.toLocaleString('en-US') },
          { head: 'size', right: true, of: ({ latest }) => bytesInWords(latest.bytes) },
          { head: 'newest', of: ({ latest }) => minute(latest.at) },
          {
            head: 'columns',
            wraps: true,
            of: ({ latest }) =>
              firstOf(
                latest.columns.map(({ name }) => name),
                8,
              ),
          },
        ],
        datasets,
      ).join('\n')
