import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fail } from '../../../kit/index.ts'
import type { Format } from '../format.ts'
import { fileSource } from '../graphdef/source.ts'
import { metaGraphOf } from '../savedModel/metaGraph.ts'
import { openParts } from '../savedModel/opened.ts'
import { openBundle } from './bundle.ts'
import { endsOfTraining } from './ends.ts'
import { filesOf, openSlices } from './slices.ts'

const PARTS = /\.(meta|index|data-\d{5}-of-\d{5})$|-\d{5}-of-\d{5}$/
/** The file that names the latest checkpoint of a folder is no longer than this. */
const LARGEST_LIST = 2 ** 20

/**
 * A checkpoint of TF1, of version 1 or 2: weights, and beside them the graph that was trained (`X.meta`). A person may
 * point at the folder or at any of its files.
 */
export const checkpoint: Format = {
  name: 'checkpoint',
  title: 'TensorFlow checkpoint',
  match: path => prefixOf(path) !== undefined,
  async open(path, options) {
    const prefix = prefixOf(path)
    if (prefix === undefined) throw noGraph(basename(path))
    const file = `${prefix}.meta`
    if (!existsSync(file)) throw noGraph(basename(prefix))
    const source = fileSource(file)
    try {
      const meta = metaGraphOf(source, basename(file))
      return await openParts(
        {
          format: 'checkpoint',
          meta,
          bytes: source.size,
          ends: graph => endsOfTraining(graph, options),
          checkpoint: () => openWeights(prefix),
        },
        options,
      )
    } finally {
      source.close()
    }
  },
}

function openWeights(prefix: string) {
  if (existsSync(`${prefix}.index`)) return openBundle(prefix)
  if (filesOf(prefix).length > 0) return openSlices(prefix)
  throw fail(
    'unreadable-file',
    `There are no weights beside ${basename(prefix)}.meta.`,
    `Copy ${basename(prefix)}.index and ${basename(prefix)}.data-… beside it.`,
  )
}

const noGraph = (name: string) =>
  fail(
    'unsupported-graph',
    `The checkpoint ${name} holds weights only, and no graph to use them in.`,
    'Put its .meta file beside it (TF1), or export the model as a SavedModel or a .keras file.',
  )

/** What the names of a checkpoint's files begin with; undefined where there is no checkpoint. */
function prefixOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return existsSync(`${path}.meta`) || existsSync(`${path}.index`) ? path : undefined
  if (found.isDirectory()) return latestIn(path)
  if (basename(path) === 'checkpoint') return latestIn(dirname(path))
  if (existsSync(`${path}.meta`)) return path
  const prefix = path.replace(PARTS, '')
  return prefix !== path && (existsSync(`${prefix}.meta`) || existsSync(`${prefix}.index`))
    ? prefix
    : undefined
}

/** The checkpoint that the folder's own list calls the latest, else the one with the highest number. */
function latestIn(folder: string): string | undefined {
  const list = join(folder, 'checkpoint')
  const names = readdirSync(folder)
  const isThere = (name: string) => names.includes(`${name}.meta`) || names.includes(`${name}.index`)
  const size = statSync(list, { throwIfNoEntry: false })?.size ?? 0
  const said = size > 0 && size < LARGEST_LIST ? latestSaid(readFileSync(list, 'utf8')) : undefined
  // Paths in the list may be of the computer that wrote it.
  if (said !== undefined && isThere(basename(said))) return join(folder, basename(said))
  const prefixes = names.filter(name => /\.(meta|index)$/.test(name)).map(name => name.replace(PARTS, ''))
  const numbered = new Intl.Collator('en', { numeric: true })
  const last = [...new Set(prefixes)].sort(numbered.compare).at(-1)
  return last === undefined ? undefined : join(folder, last)
}

/** `model_checkpoint_path: "ckpt-7"`, with C's escapes; `ckpt-7-?????-of-00003` where version 1 made several files. */
function latestSaid(text: string): string | undefined {
  const found = /^\s*model_checkpoint_path:\s*(["'])(.*)\1\s*$/m.exec(text)?.[2]
  return found
    ?.replace(/\\([0-7]{1,3}|.)/g, (_, code: string) =>
      /^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : code,
    )
    .replace(/-\?{5}-of-\d{5}$/, '')
}
