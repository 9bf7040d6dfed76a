import { readFileSync } from 'node:fs'
import { readTflite } from '../../../engine/graph/index.ts'
import { fail } from '../../../engine/kit/index.ts'
import { openLiteRt, stepOf, toElements, toFloats } from '../../../engine/litert/index.ts'
import type { Net } from './net.ts'

/**
 * A TensorFlow Lite file on LiteRT.js. Its files have one row a call, as devices ask; whole numbers at the ends are
 * scaled here, so that callers see the same values with every variant.
 * @param width values of an encoded row
 * @throws Failure `unreadable-file`, `unsupported-graph`
 */
export async function openLiteNet(path: string, width: number): Promise<Net> {
  const bytes = readFileSync(path)
  const [main] = readTflite(bytes).subgraphs
  const runtime = await openLiteRt()
  const runner = await runtime.load(bytes)
  const [input] = runner.inputs
  const [output] = runner.outputs
  const size = input?.shape.reduce((product, each) => product * each, 1)
  if (!input || !output || runner.inputs.length > 1 || size !== width) {
    runner.dispose()
    throw fail(
      'unsupported-graph',
      `The TensorFlow Lite file takes ${size ?? 0} values, and a row of this model has ${width}.`,
      'Publish the version again, or another variant.',
      { node: input?.name },
    )
  }
  const into = stepOf(main?.tensors[main.inputs[0] ?? -1])
  const from = stepOf(main?.tensors[main.outputs[0] ?? -1])
  return {
    runtime: runtime.version,
    run(encoded, rows) {
      let outputs: Float32Array | undefined
      for (let row = 0; row < rows; row++) {
        const values = encoded.subarray(row * width, (row + 1) * width)
        const [answer] = runner.run([toElements(values, input.dtype, into, input.name)])
        if (!answer)
          throw fail(
            'unsupported-graph',
            'The TensorFlow Lite file gave no output.',
            'Publish another variant.',
          )
        const floats = toFloats(answer, from)
        outputs ??= new Float32Array(rows * floats.length)
        outputs.set(floats, row * floats.length)
      }
      return outputs ?? new Float32Array()
    },
    dispose: () => runner.dispose(),
  }
}
