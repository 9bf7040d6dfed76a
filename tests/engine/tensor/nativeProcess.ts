/**
 * A process of its own for native TensorFlow, since a process has one backend. Prints one line of JSON: what was
 * opened, and the largest difference of each graph (argument pairs: graph, rows, expected) from what was expected.
 */
import { readFileSync } from 'node:fs'
import { loadExecutable, readGraphDef } from '../../../main/engine/graph/index.ts'
import { openTensor } from '../../../main/engine/tensor/index.ts'
import { readFloats } from '../../golden/graph/read.ts'

const { tf, backend, detail } = await openTensor({ backend: 'auto' })
const differences: number[] = []
const words = process.argv.slice(2)
for (let at = 0; at < words.length; at += 3) {
  const [graph, rows, expected] = words.slice(at, at + 3) as [string, string, string]
  const executable = loadExecutable(readGraphDef(readFileSync(graph)), tf)
  const [input] = executable.inputs
  const shape = [100, ...(input?.shape ?? []).slice(1)]
  const result = executable.run({ [input?.name as string]: { data: readFloats(rows), shape } })
  const answers = result[executable.outputs[0] as string]?.data as Float32Array
  const wanted = readFloats(expected)
  if (answers.length !== wanted.length) throw new Error(`${answers.length} answers, not ${wanted.length}`)
  differences.push(Math.max(...answers.map((answer, i) => Math.abs(answer - (wanted[i] as number)))))
}
console.log(JSON.stringify({ backend, detail, differences }))
