import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../../kit/index.ts'
import { type Elements, type LiteModelRunner, type Step, toElements } from '../../litert/index.ts'
import { FILES } from '../work.ts'

/** Rows of samples as files, read one by one: a set of pictures may be larger than memory. */
export interface RowFiles {
  /** One array of floats for each input; valid until the next call. */
  row(index: number): Float32Array[]
  close(): void
}

export function openRows(folder: string, widths: number[]): RowFiles {
  const files = widths.map((width, i) => ({
    file: openSync(join(folder, FILES.input(i)), 'r'),
    values: new Float32Array(width),
  }))
  return {
    row(index) {
      for (const { file, values } of files) {
        const bytes = new Uint8Array(values.buffer)
        if (readSync(file, bytes, 0, bytes.length, index * bytes.length) !== bytes.length)
          throw fail('unreadable-file', 'The samples end too early.', 'Do it again.')
      }
      return files.map(({ values }) => values)
    },
    close() {
      for (const { file } of files) closeSync(file)
    },
  }
}

/** A row in the types that a model takes. */
export const feedsOf = (
  { inputs }: Pick<LiteModelRunner, 'inputs'>,
  row: Float32Array[],
  steps: (Step | undefined)[],
): Elements[] =>
  inputs.map(({ dtype, name }, i) => toElements(row[i] ?? new Float32Array(), dtype, steps[i], name))
