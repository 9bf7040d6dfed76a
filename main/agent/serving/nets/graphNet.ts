import { readFileSync } from 'node:fs'
import { loadExecutable, readGraphDef } from '../../../engine/graph/index.ts'
import { fail } from '../../../engine/kit/index.ts'
import { type OpenedTensor, openTensor } from '../../../engine/tensor/index.ts'
import type { Net } from './net.ts'

let opened: Promise<OpenedTensor> | undefined

/**
 * A frozen TensorFlow graph on TensorFlow.js. A process has one tensor library, opened by whoever needs it first.
 * @param width values of an encoded row
 * @throws Failure `unreadable-file`, `unsupported-graph`
 */
export async function openGraphNet(path: string, input: string, output: string, width: number): Promise<Net> {
  opened ??= openTensor()
  const { tf, detail } = await opened
  const executable = loadExecutable(
    readGraphDef(readFileSync(path), { inputs: [input], outputs: [output] }),
    tf,
  )
  return {
    runtime: `TensorFlow.js, ${detail}`,
    run(encoded, rows) {
      const result = executable.run({ [input]: { data: encoded, shape: [rows, width] } })[output]
      if (!result)
        throw fail('unsupported-graph', `The graph gives no "${output}".`, 'Publish the version again.', {
          node: output,
        })
      return result.data instanceof Float32Array
        ? result.data
        : Float32Array.from(result.data as ArrayLike<number>)
    },
    dispose: () => executable.dispose(),
  }
}
