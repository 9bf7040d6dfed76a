import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Hash, Task } from '#contract'
import { fail } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import { type Answers, ofClasses, ofValues } from './answers.ts'

/** What stands before the numbers of a blob of predictions, as a line of JSON. */
interface Head {
  format: 'edgewright-predictions/1'
  task: Task
  classes: string[]
  rows: number
  /** Bits of an output: 32 as a net gives them, 64 where they came with more digits. */
  bits: 32 | 64
}

/**
 * Keeps what was predicted beside an evaluation: a line of JSON, then deflated, little endian: the numbers of the rows
 * (each less the one before, 32 bits), the labels (16 bits for classes, else 64-bit floats) and the outputs (floats
 * of `bits`; the probability of the positive class of two, of every class of more; 64-bit floats for values).
 */
export function keepPredictions({ blobs }: Pick<Store, 'blobs'>, answers: Answers): Hash {
  const { task, rows, numbers, classified, regressed } = answers
  const outputs = classified && outputsOf(classified.probabilities, task)
  const bits = outputs?.every(value => Math.fround(value) === value) ? 32 : 64
  const classes = classified?.classes ?? []
  const head: Head = { format: 'edgewright-predictions/1', task, classes, rows, bits }
  const steps = numbers.map((number, row) => number - (row ? (numbers[row - 1] as number) : 0))
  const parts: ArrayBufferView[] = [steps]
  if (classified && outputs)
    parts.push(Uint16Array.from(classified.labels), bits === 32 ? Float32Array.from(outputs) : outputs)
  if (regressed) parts.push(regressed.actual, regressed.predicted)
  const bytes = Buffer.concat(
    parts.map(part => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)),
  )
  return blobs.put(
    Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), deflateRawSync(bytes, { level: 1 })]),
  )
}

const outputsOf = (probabilities: ArrayLike<number>, task: Task): Float64Array =>
  task === 'binary'
    ? Float64Array.from(
        { length: probabilities.length / 2 },
        (_, row) => probabilities[2 * row + 1] as number,
      )
    : Float64Array.from(probabilities)

/** @throws Failure not-found where the blob is gone */
export function readPredictions({ blobs }: Pick<Store, 'blobs'>, hash: Hash): Answers {
  let kept: Buffer
  try {
    kept = blobs.read(hash)
  } catch {
    throw fail('not-found', 'The predictions of this evaluation are gone.', 'Evaluate the run again.')
  }
  const end = kept.indexOf(10)
  const { task, classes, rows, bits } = JSON.parse(kept.subarray(0, end).toString()) as Head
  const { buffer } = new Uint8Array(inflateRawSync(kept.subarray(end + 1)))
  const numbers = new Uint32Array(buffer.slice(0, 4 * rows))
  for (let row = 1; row < rows; row++) numbers[row] = (numbers[row] as number) + (numbers[row - 1] as number)
  if (task === 'regression') {
    const at = 4 * rows
    return ofValues(
      {
        actual: new Float64Array(buffer.slice(at, at + 8 * rows)),
        predicted: new Float64Array(buffer.slice(at + 8 * rows)),
      },
      numbers,
    )
  }
  const labels = Float64Array.from(new Uint16Array(buffer.slice(4 * rows, 6 * rows)))
  const outputs =
    bits === 32 ? new Float32Array(buffer.slice(6 * rows)) : new Float64Array(buffer.slice(6 * rows))
  const isBinary = task === 'binary'
  const probabilities = isBinary ? new Float64Array(2 * rows) : Float64Array.from(outputs)
  if (isBinary)
    for (let row = 0; row < rows; row++) {
      probabilities[2 * row + 1] = outputs[row] as number
      probabilities[2 * row] = 1 - (outputs[row] as number)
    }
  return ofClasses({ classes, isBinary, probabilities, labels }, numbers)
}
