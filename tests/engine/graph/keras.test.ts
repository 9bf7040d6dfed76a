import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freeze, type Graph, loadExecutable, openModel } from '../../../main/engine/graph/index.ts'
import { openTensor, type Tf } from '../../../main/engine/tensor/index.ts'

const golden = join(import.meta.dirname, '../../golden/graph/keras')

interface Value {
  shape: number[]
  data: number[]
}

/** What real Keras 3.15 answered, see `make_keras.py`. */
const ANSWERS: Record<string, { inputs: Value[]; outputs: Value[]; keys: string[] | null }> = JSON.parse(
  gunzipSync(readFileSync(join(golden, 'answers.json.gz'))).toString(),
)

let tf: Tf
let folder: string
beforeAll(async () => {
  tf = (await openTensor({ backend: 'wasm' })).tf
  folder = mkdtempSync(join(tmpdir(), 'edgewright-test-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A legacy file, which lies here packed. */
function unpacked(name: string): string {
  const path = join(folder, `${name}.h5`)
  writeFileSync(path, gunzipSync(readFileSync(join(golden, `${name}.h5.gz`))))
  return path
}

/** The largest difference to what Keras answered, of the larger of it and 1. */
function difference(graph: Graph, name: string): number {
  const { inputs, outputs } = ANSWERS[name] as (typeof ANSWERS)[string]
  const executable = loadExecutable(freeze(graph).graph, tf)
  try {
    const feeds = Object.fromEntries(
      executable.inputs.map((input, i) => {
        const { shape, data } = inputs[i] as Value
        return [input.name, { shape, data: Float32Array.from(data) }]
      }),
    )
    const made = executable.run(feeds)
    expect(executable.outputs.length).toBe(outputs.length)
    let largest = 0
    for (const [i, output] of executable.outputs.entries()) {
      const { shape, data } = outputs[i] as Value
      expect(made[output]?.shape).toEqual(shape)
      made[output]?.data.forEach((value, at) => {
        const wanted = data[at] as number
        const off = Math.abs(value - wanted) / Math.max(1, Math.abs(wanted))
        largest = Math.max(largest, Number.isNaN(off) ? Number.POSITIVE_INFINITY : off)
      })
    }
    return largest
  } finally {
    executable.dispose()
  }
}

/** Half precision is computed in single here. */
const toleranceOf = (name: string) => (name === 'half' ? 2e-3 : name === 'bfloat' ? 1e-2 : 1e-5)

describe('a model of Keras 3 answers as it does in Keras', () => {
  for (const name of Object.keys(ANSWERS)) {
    test(`${name}.keras`, async () => {
      const { format, graph } = await openModel(join(golden, `${name}.keras`))
      expect(format).toBe('keras')
      expect(difference(graph, name)).toBeLessThanOrEqual(toleranceOf(name))
    })
    test.runIf(readdirSync(golden).includes(`${name}.h5.gz`))(`${name}.h5`, async () => {
      const { format, graph } = await openModel(unpacked(name))
      expect(format).toBe('keras')
      expect(difference(graph, name)).toBeLessThanOrEqual(toleranceOf(name))
    })
  }
})
