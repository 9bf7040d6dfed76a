import { basename, resolve } from 'node:path'
import { fail } from '../../kit/index.ts'
import { checkpoint } from './checkpoint/index.ts'
import type { Format, OpenedModel, OpenOptions } from './format.ts'
import { graphdef } from './graphdef/format.ts'
import { headOf } from './head.ts'
import { keras } from './keras/index.ts'
import { savedModel } from './savedModel/index.ts'
import { tfjsGraph, tfjsLayers } from './tfjs/index.ts'
import { tflite } from './tflite/index.ts'

/** Every format that opens. The first that matches a file opens it: the ones that are surest of theirs come first. */
export const FORMATS: readonly Format[] = [
  tflite,
  savedModel,
  checkpoint,
  keras,
  tfjsGraph,
  tfjsLayers,
  graphdef,
]

/**
 * The format that a file or folder is of.
 * @throws Failure `not-found` where nothing is there, `unsupported` with the formats that open where none matches
 */
export function formatOf(path: string): Format {
  const whole = resolve(path)
  const head = headOf(whole)
  const found = FORMATS.find(format => format.match(whole, head))
  if (found) return found
  const titles = FORMATS.map(format => format.title)
  throw fail(
    'unsupported',
    `"${basename(whole)}" is no model in a format that opens here.`,
    `Choose one of these: ${titles.slice(0, -1).join(', ')} or ${titles.at(-1)}.`,
  )
}

/**
 * Opens a model in any format that is known, a file or a folder.
 * @throws Failure `unsupported` where no format matches; else as {@link Format.open}
 */
export const openModel = async (path: string, options: OpenOptions = {}): Promise<OpenedModel> =>
  formatOf(path).open(resolve(path), options)
