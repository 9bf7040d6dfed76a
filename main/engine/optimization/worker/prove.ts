import { readFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { readTflite } from '../../graph/index.ts'
import { openLiteRt } from '../../litert/index.ts'
import { FILES, type Message, type Proved, type ProveWork } from '../work.ts'
import { graphSide } from './graphSide.ts'
import { seenByLayer } from './layers.ts'
import { liteSide } from './liteSide.ts'
import { openRows } from './rows.ts'
import type { Side } from './side.ts'

const WARM_UP = 5
/** Timed runs: as many as fit into so many milliseconds, within these. */
const RUNS = { least: 5, most: 200, millis: 700 }

/** Asks the float model and the variant for every row; then times both, and compares them layer by layer. */
export async function prove(
  folder: string,
  work: ProveWork,
  tell: (message: Message) => void,
): Promise<Message> {
  const float = readFileSync(join(folder, FILES.float))
  const variant = readFileSync(join(folder, FILES.variant))
  const runtime = await openLiteRt()
  const files = openRows(folder, work.widths)
  // One after the other: a large model takes several times its file in the runtime.
  const sides: [name: 'float' | 'variant', open: () => Promise<Side>][] = [
    ['float', () => liteSide(runtime, float)],
    [
      'variant',
      () =>
        work.form === 'tflite'
          ? liteSide(runtime, variant)
          : graphSide(variant, work.inputs, readTflite(float)),
    ],
  ]
  const proved: Proved = { runtime: '', width: 0, answer: 0, latency: null, layers: [] }
  let floatMedian: number | null = null
  for (const [i, [name, openSide]] of sides.entries()) {
    const side = await openSide()
    try {
      proved.runtime = side.runtime
      const out = await open(join(folder, FILES.outputs(name)), 'w')
      try {
        for (let row = 0; row < work.rows; row++) {
          const outputs = side.answer(files.row(row))
          proved.width = outputs.length
          proved.answer = side.first
          await append(out, outputs)
          if (row % 16 === 0)
            tell({ kind: 'progress', share: (i + row / work.rows) / 2, step: 'proving it on rows' })
        }
      } finally {
        await out.close()
      }
      if (!work.whole) continue
      const times = timed(side, files.row(0))
      const median = quantile(times, 0.5)
      proved.latency = { runs: times.length, median, p95: quantile(times, 0.95), floatMedian }
      floatMedian = median
    } finally {
      side.dispose()
    }
  }
  if (work.whole && work.form === 'tflite') {
    tell({ kind: 'progress', share: 0.95, step: 'comparing layer by layer' })
    proved.layers = await seenByLayer(runtime, readTflite(float), readTflite(variant), files, work.rows)
  }
  files.close()
  return { kind: 'proved', proved }
}

async function append(file: FileHandle, values: Float32Array): Promise<void> {
  await file.writeFile(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
}

/** Milliseconds of each run for one row. */
function timed(side: Side, row: Float32Array[]): number[] {
  for (let i = 0; i < WARM_UP; i++) side.answer(row)
  const times: number[] = []
  const end = performance.now() + RUNS.millis
  while (times.length < RUNS.least || (times.length < RUNS.most && performance.now() < end)) {
    const from = performance.now()
    side.answer(row)
    times.push(performance.now() - from)
  }
  return times
}

const quantile = (values: number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
