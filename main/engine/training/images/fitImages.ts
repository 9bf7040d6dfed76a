import type { Cell, DatasetVersion, Plan, Split } from '#contract'
import { fitLabel, type ImageFeature, imageSize, type TransformSpec } from '../../encoding/index.ts'
import { fail } from '../../kit/index.ts'
import type { RowSource } from '../../transform/index.ts'
import type { Fitted, Reading } from '../fit.ts'
import type { Frozen } from './backbone.ts'

const SPLITS = ['train', 'eval', 'test'] as const

/** Of pictures whose plan and backbone say no size: at most so large, at least so small, a multiple of this. */
const LARGEST = 64
const SMALLEST = 16
const STEP = 4

/** The name under which a device sends a picture. */
const NAME = 'image'

/** What is made of each picture: the transform of a model that takes pictures. */
export const pictureTransform = (picture: Omit<ImageFeature, 'kind' | 'name'>): TransformSpec => ({
  format: 'edgewright-transform/2',
  inputs: [{ name: NAME, type: 'image', required: true }],
  features: [{ kind: 'image', name: NAME, ...picture }],
  leftOut: [],
  width: imageSize(picture),
})

/**
 * Fits the label to a version of pictures, and says how each picture is brought to the net: as the backbone takes it;
 * else square, of the plan's size or of the median of the longer sides (16 to 64), gray where all pictures are, its
 * values from 0 to 1. The same plan on the same version gives the same result.
 * @throws Failure `bad-input` where the rows are no pictures, or the label is no class of them; `empty-data`
 */
export async function fitImages(
  dataset: RowSource,
  version: DatasetVersion,
  plan: Plan,
  frozen: Frozen | null,
  { signal, where, progress }: Reading,
): Promise<Fitted> {
  if (!version.images)
    throw fail(
      'bad-input',
      `The trainer ${plan.trainer} learns from pictures, and the rows of ${version.dataset} v${version.number} are no pictures.`,
      'Choose a dataset of pictures, or another trainer.',
    )
  if (plan.transform !== undefined)
    throw fail(
      'bad-input',
      'A saved transform is of columns, and pictures have none to choose for.',
      'Leave the transform out; size and mirroring are said in the plan.',
    )
  const column = version.columns.find(({ name }) => name === plan.label)
  if (!column)
    throw fail(
      'bad-input',
      `${version.dataset} has no column "${plan.label}".`,
      version.columns.some(({ name }) => name === 'label')
        ? 'The classes of its pictures are in the column "label".'
        : `Its columns are ${version.columns.map(({ name }) => name).join(', ')}.`,
    )
  const known = (name: string) => version.columns.some(each => each.name === name)
  const facts = ['width', 'height', 'channels', 'problem'].filter(known)
  const fitter = fitLabel(column, plan.task)
  const rows: Record<Split, number> = { train: 0, eval: 0, test: 0 }
  const sides: number[] = []
  let isGray = known('channels')
  let unlabeled = 0
  let unreadable = 0
  let read = 0
  for (const split of SPLITS)
    for await (const batch of dataset.read(version, {
      columns: [column.name, ...facts],
      split,
      where,
      signal,
    })) {
      const [labels = [], ...cells] = batch.columns
      const cell = (name: string, row: number): Cell => cells[facts.indexOf(name)]?.[row] ?? null
      const good = labels.flatMap((_, row) => (cell('problem', row) === null ? [row] : []))
      const labeled = fitter.add(
        good.map(row => labels[row] as Cell),
        split === 'train',
      )
      rows[split] += labeled
      unlabeled += good.length - labeled
      unreadable += batch.rows - good.length
      if (split === 'train')
        for (const row of good) {
          sides.push(Math.max(Number(cell('width', row)), Number(cell('height', row))))
          // A second channel of gray is what can be seen through.
          if (Number(cell('channels', row)) > 2) isGray = false
        }
      read += batch.rows
      progress(read / Math.max(1, version.rows))
    }
  const label = fitter.finish()
  const size = plan.size ?? sizeOf(sides)
  const picture = frozen?.picture ?? {
    height: size,
    width: size,
    channels: isGray ? (1 as const) : (3 as const),
    scale: '0..1' as const,
    resize: 'stretch' as const,
  }
  return { label, transform: pictureTransform(picture), rows, unlabeled, dropped: 0, unreadable, frozen }
}

function sizeOf(sides: number[]): number {
  const median = sides.toSorted((a, b) => a - b)[Math.floor(sides.length / 2)] || LARGEST
  return Math.min(LARGEST, Math.max(SMALLEST, Math.ceil(median / STEP) * STEP))
}
