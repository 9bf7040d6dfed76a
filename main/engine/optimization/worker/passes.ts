import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadExecutable, readGraphDef } from '../../graph/index.ts'
import { FailureError } from '../../kit/index.ts'
import { openTensor, type Tf } from '../../tensor/index.ts'
import { answerOf, differenceOf } from '../proof/difference.ts'
import { FILES, type Message, type PassesWork, type SeenPass } from '../work.ts'
import { openRows } from './rows.ts'

/** Runs each graph over the samples, all rows at once, and holds it against the first. */
export async function passes(
  folder: string,
  work: PassesWork,
  tell: (message: Message) => void,
): Promise<Message> {
  const { tf } = await openTensor({ backend: 'auto' })
  const rows = openRows(folder, work.widths)
  const inputs = work.widths.map((width, i) => {
    const data = new Float32Array(work.rows * width)
    for (let row = 0; row < work.rows; row++) data.set(rows.row(row)[i] as Float32Array, row * width)
    return data
  })
  rows.close()
  const seen: SeenPass[] = []
  let first: Float32Array | null = null
  for (let i = 0; i < work.graphs; i++) {
    tell({ kind: 'progress', share: i / work.graphs, step: 'running the graph after each pass' })
    const outputs = answersOf(tf, readFileSync(join(folder, FILES.graph(i))), inputs, work)
    first ??= outputs
    seen.push(
      outputs && first
        ? { ...pickDifference(first, outputs), accuracy: accuracyOf(outputs, work) }
        : { maxDifference: null, accuracy: null },
    )
  }
  return { kind: 'passed', seen }
}

const pickDifference = (before: Float32Array, after: Float32Array) => ({
  maxDifference: differenceOf(before, after).maxDifference,
})

/** The first output for all rows; null for a graph with operations that do not run here. */
function answersOf(tf: Tf, bytes: Uint8Array, inputs: Float32Array[], work: PassesWork): Float32Array | null {
  try {
    const executable = loadExecutable(readGraphDef(bytes, { inputs: work.inputs }), tf)
    try {
      const feeds = Object.fromEntries(
        work.inputs.map((name, i) => [
          name,
          { data: inputs[i] as Float32Array, shape: [work.rows, work.widths[i] as number] },
        ]),
      )
      return executable.run(feeds)[executable.outputs[0] ?? '']?.data ?? null
    } finally {
      executable.dispose()
    }
  } catch (error) {
    if (error instanceof FailureError) return null
    throw error
  }
}

function accuracyOf(outputs: Float32Array, { rows, labels }: PassesWork): number | null {
  if (!labels || rows === 0) return null
  const width = outputs.length / rows
  let right = 0
  for (let row = 0; row < rows; row++) if (answerOf(outputs, row, width) === labels[row]) right++
  return right / rows
}
