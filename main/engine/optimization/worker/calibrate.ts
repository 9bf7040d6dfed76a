import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { readTflite, withAllOutputs, writeTflite } from '../../graph/index.ts'
import { openLiteRt } from '../../litert/index.ts'
import { calibration } from '../quantize/index.ts'
import { type CalibrateWork, FILES, type Message } from '../work.ts'
import { feedsOf, openRows } from './rows.ts'

/** Runs the float model over the samples and watches what every activation takes, its inputs too. */
export async function calibrate(
  folder: string,
  { rows, widths, by }: CalibrateWork,
  tell: (message: Message) => void,
): Promise<Message> {
  const model = readTflite(readFileSync(join(folder, FILES.float)))
  const watched = withAllOutputs(model)
  const tensors = watched.subgraphs[0]?.outputs ?? []
  const inputs = model.subgraphs[0]?.inputs ?? []
  const isFloat = (tensor: number) => model.subgraphs[0]?.tensors[tensor]?.type === 'float32'
  const runner = await (await openLiteRt()).load(writeTflite(watched))
  const files = openRows(folder, widths)
  const seen = calibration(by)
  try {
    for (let row = 0; row < rows; row++) {
      const feeds = feedsOf(runner, files.row(row), [])
      const outputs = runner.run(feeds)
      const values = [
        ...inputs.map((tensor, i) => [tensor, feeds[i]] as const),
        ...tensors.map((tensor, i) => [tensor, outputs[i]] as const),
      ]
      seen.add(
        values.flatMap(([tensor, held]): [number, ArrayLike<number>][] =>
          held && isFloat(tensor) ? [[tensor, held as ArrayLike<number>]] : [],
        ),
      )
      tell({ kind: 'progress', share: (row + 1) / rows, step: 'calibrating' })
      // Only between rows can this process hear that the engine is gone.
      await setImmediate()
    }
  } finally {
    files.close()
    runner.dispose()
  }
  return { kind: 'calibrated', ranges: [...seen.ranges()] }
}
