import type { Cell } from '#contract'
import type { DatasetRoom } from '../../dataset/index.ts'
import type { JobContext } from '../../jobs/index.ts'
import { fail } from '../../kit/index.ts'
import type { PictureScale, SampleInput, Samples } from './samples.ts'

/**
 * Rows of a dataset as a model of files takes them. Pictures are brought to the size of the input. Of a table each input
 * takes the columns that bear its name (one, or `name_0`, `name_1`, ...); a single input takes the first columns of
 * numbers, as many as it is wide.
 *
 * @throws Failure `bad-input` where columns and inputs do not fit
 */
export async function datasetRows(
  dataset: DatasetRoom,
  name: string,
  inputs: SampleInput[],
  { most, scale }: { most: number; scale: PictureScale },
  job: JobContext,
): Promise<Samples> {
  const version = dataset.resolve(name)
  const title = `${version.dataset} v${version.number}`
  job.uses(version.id)
  if (version.images) {
    const [input] = inputs
    const [, height = -1, width = -1, channels = -1] = input?.shape ?? []
    if (
      inputs.length !== 1 ||
      input?.shape.length !== 4 ||
      height < 1 ||
      width < 1 ||
      ![1, 3].includes(channels)
    )
      throw fail(
        'bad-input',
        `The model does not take pictures: its input is [${(input?.shape ?? []).join(', ')}].`,
        'Give an .npz file with one array for each input.',
      )
    const pixels = await dataset.pixels(version, {
      width,
      height,
      channels: channels as 1 | 3,
      most,
      signal: job.signal,
    })
    const size = width * height * channels
    const data = Float32Array.from(pixels.data, VALUE[scale])
    return { rows: pixels.rows, inputs: [{ data, width: size }], from: title }
  }
  const widths = inputs.map(({ shape }) =>
    shape.slice(1).reduce((product, size) => product * Math.max(1, size), 1),
  )
  const numbers = version.columns
    .filter(({ type }) => type === 'integer' || type === 'float')
    .map(column => column.name)
  const all = version.columns.map(column => column.name)
  const chosen = inputs.map((input, i) => {
    const width = widths[i] as number
    const called = [input.key, input.name, input.name.replace(/:\d+$/, '')].filter(each => each !== undefined)
    for (const label of called) {
      if (width === 1 && all.includes(label)) return [label]
      const numbered = Array.from({ length: width }, (_, k) => `${label}_${k}`)
      if (numbered.every(column => all.includes(column))) return numbered
    }
    if (inputs.length === 1 && numbers.length >= width) return numbers.slice(0, width)
    throw fail(
      'bad-input',
      `${title} has no columns for the input "${input.key ?? input.name}", which takes ${width} values a row.`,
      `Name columns ${input.key ?? input.name}_0 and so on, or give an .npz file with one array for each input.`,
    )
  })
  const columns = chosen.flat()
  const parts = widths.map(width => new Float32Array(Math.min(most, version.rows) * width))
  let rows = 0
  for await (const batch of dataset.read(version, { columns, signal: job.signal })) {
    for (let row = 0; row < batch.rows && rows < most; row++) {
      const values = batch.columns.map(cells => numberOf((cells as Cell[])[row]))
      if (!values.every(Number.isFinite)) continue
      let at = 0
      parts.forEach((part, i) => {
        const width = widths[i] as number
        part.set(values.slice(at, at + width), rows * width)
        at += width
      })
      rows++
    }
    if (rows >= most) break
  }
  return {
    rows,
    inputs: parts.map((data, i) => ({
      data: data.subarray(0, rows * (widths[i] as number)),
      width: widths[i] as number,
    })),
    from: title,
  }
}

const VALUE: Record<PictureScale, (value: number) => number> = {
  '0..1': value => value / 255,
  '-1..1': value => value / 127.5 - 1,
  '0..255': value => value,
}

const numberOf = (cell: Cell | undefined): number =>
  typeof cell === 'number' ? cell : typeof cell === 'boolean' ? Number(cell) : Number.NaN
