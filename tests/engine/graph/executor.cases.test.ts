import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadExecutable, readGraphDef } from '../../../main/engine/graph/index.ts'
import { openTensor, type Tf } from '../../../main/engine/tensor/index.ts'
import { failureOf } from './build.ts'

interface Value {
  name: string
  dtype: string
  shape: number[]
  data: string
}

/** Small graphs with TensorFlow 2.21's own answers, see `make_lower.py`. */
const CASES: { name: string; graph: string; inputs: Value[]; outputs: Value[] }[] = JSON.parse(
  gunzipSync(readFileSync(join(import.meta.dirname, '../../golden/graph/lower/cases.json.gz'))).toString(),
)

/** Those that hold what no kernel here computes, which must be told. */
const REFUSED: Record<string, RegExp> = {
  conv_nchw: /channels before rows/,
  conv_nchw_norm_pool: /channels before rows/,
  loop_counted: /loop/,
  loop_counted_functions: /While/,
  loop_recurrent: /loop/,
  loop_recurrent_functions: /While|TensorList/,
  matrix_diag: /MatrixDiagV3/,
  nchw_block: /channels before rows/,
  nchw_depthwise: /channels before rows/,
}

/** Half precision is computed in single. */
const toleranceOf = (name: string) => (name === 'mixed_precision' ? 1e-3 : 1e-5)

let tf: Tf
beforeAll(async () => {
  tf = (await openTensor({ backend: 'wasm' })).tf
})

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  int8: Int8Array,
  int16: Int16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
}

const numbersOf = ({ dtype, data }: Value): Float32Array => {
  const { buffer } = Uint8Array.from(Buffer.from(data, 'base64'))
  return Float32Array.from(new ARRAYS[dtype as 'float32'](buffer), Number)
}

describe('a graph computes what TensorFlow computes', () => {
  for (const { name, graph: bytes, inputs, outputs } of CASES)
    test(name, () => {
      const graph = readGraphDef(Buffer.from(bytes, 'base64'), {
        inputs: inputs.map(input => input.name),
        outputs: outputs.map(output => output.name),
      })
      const run = () => {
        const executable = loadExecutable(graph, tf)
        const feeds = Object.fromEntries(
          inputs.map(input => [input.name, { data: numbersOf(input), shape: input.shape }]),
        )
        try {
          return executable.run(feeds)
        } finally {
          executable.dispose()
        }
      }
      const refused = REFUSED[name]
      if (refused) {
        expect(failureOf(run).message).toMatch(refused)
        return
      }
      const made = run()
      for (const output of outputs) {
        const wanted = numbersOf(output)
        const answer = made[output.name]
        expect(answer?.shape).toEqual(output.shape)
        const largest = Math.max(1, ...wanted.map(Math.abs).filter(Number.isFinite))
        answer?.data.forEach((value, i) => {
          const off = Math.abs(value - (wanted[i] as number)) / largest
          if (!Object.is(value, wanted[i])) expect(off).toBeLessThanOrEqual(toleranceOf(name))
        })
      }
    })
})
