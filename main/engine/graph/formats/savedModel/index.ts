import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fail } from '../../../kit/index.ts'
import { openBundle } from '../checkpoint/bundle.ts'
import { endsOfTraining } from '../checkpoint/ends.ts'
import type { Format } from '../format.ts'
import { fileSource } from '../graphdef/source.ts'
import { type MetaGraph, metaGraphsIn } from './metaGraph.ts'
import { openParts } from './opened.ts'

const FILE = 'saved_model.pb'
const OTHERS = ['saved_model.pbtxt', 'saved_model.cpb']

/** What a person may point at: the folder, or the file in it. */
const folderOf = (path: string): string => ([FILE, ...OTHERS].includes(basename(path)) ? dirname(path) : path)

/**
 * TensorFlow's SavedModel: a folder with `saved_model.pb` (graphs, their functions and signatures), `variables/` and
 * `assets/`. The graph for serving is taken.
 */
export const savedModel: Format = {
  name: 'saved-model',
  title: 'TensorFlow SavedModel',
  match: path => [FILE, ...OTHERS].some(name => existsSync(join(folderOf(path), name))),
  async open(path, options) {
    const folder = folderOf(path)
    const file = join(folder, FILE)
    if (!existsSync(file))
      throw fail(
        'unsupported-graph',
        `The folder ${basename(folder)} holds its model in another form than ${FILE}.`,
        'Load it with TensorFlow and export it again as a usual SavedModel.',
      )
    const source = fileSource(file)
    try {
      const meta = serving(metaGraphsIn(source, FILE))
      return await openParts(
        {
          format: 'saved-model',
          meta,
          bytes: source.size,
          checkpoint: () => openVariables(folder),
          ...(options.outputs && { ends: graph => endsOfTraining(graph, options) }),
        },
        options,
      )
    } finally {
      source.close()
    }
  },
}

function openVariables(folder: string) {
  const prefix = join(folder, 'variables', 'variables')
  if (!existsSync(`${prefix}.index`))
    throw fail(
      'unreadable-file',
      'The folder of the model lacks the file variables/variables.index, which says where its weights are.',
      'Copy the whole folder of the model again.',
    )
  return openBundle(prefix)
}

/** The graph tagged `serve` and nothing else, one tagged so among others, one without tags, or the only one. */
function serving(graphs: MetaGraph[]): MetaGraph {
  const tags = graphs.map(({ about }) => about.metaInfoDef?.tags ?? [])
  const [only] = graphs
  const found =
    graphs[tags.findIndex(list => list.length === 1 && list[0] === 'serve')] ??
    graphs[tags.findIndex(list => list.includes('serve'))] ??
    // TF1's hub modules have one graph without a tag, and one that trains.
    graphs[tags.findIndex(list => list.length === 0)] ??
    (graphs.length === 1 ? only : undefined)
  if (found) return found
  throw fail(
    'not-found',
    graphs.length === 0
      ? 'The file saved_model.pb holds no graph, or it is cut off.'
      : `None of the graphs in saved_model.pb is for serving; they are tagged ${tags.map(list => `"${list.join(', ')}"`).join(' and ')}.`,
    'Export the model for serving.',
  )
}
