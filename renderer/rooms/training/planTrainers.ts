import type { Column } from '#contract'

/** A trainer as the engine lists it. */
export interface TrainerChoice {
  name: string
  title: string
  suits: 'table' | 'series' | 'text' | 'images'
  /** Fields of a plan that change what it does. */
  uses: readonly string[]
  /** Values of its own by name, and in words what each takes. */
  hparams?: Record<string, string>
}

/** What is known of the data that a plan is for. */
export interface DataShape {
  columns: readonly Column[]
  /** Its rows are pictures. */
  images: boolean
  label: string
}

/** Stands in the form for a program of one's own in place of a trainer. */
export const OWN = 'own'

const isNumber = ({ type }: Column) => type === 'integer' || type === 'float'
/** Columns that say when a row was: dates and times first, then numbers, which may count seconds. */
export const timesOf = ({ columns, label }: DataShape): Column[] => {
  const others = columns.filter(column => column.name !== label)
  return [...others.filter(({ type }) => type === 'date' || type === 'timestamp'), ...others.filter(isNumber)]
}

const WHY_NOT: Record<TrainerChoice['suits'], (data: DataShape) => string | undefined> = {
  table: ({ images }) => (images ? 'The rows of this dataset are pictures' : undefined),
  images: ({ images }) => (images ? undefined : 'This dataset has no pictures'),
  series(data) {
    if (data.images) return 'The rows of this dataset are pictures'
    if (!timesOf(data).length) return 'No column says when a row was'
    return data.columns.some(isNumber) ? undefined : 'No column holds numbers that change over time'
  },
  text({ columns, images, label }) {
    if (images) return 'The rows of this dataset are pictures'
    return columns.some(({ name, type }) => type === 'text' && name !== label)
      ? undefined
      : 'No column to learn from holds text'
  },
}

/** Why a trainer cannot learn from the data; undefined: it can, or nothing is known of the data yet. */
export const whyNot = ({ suits }: Pick<TrainerChoice, 'suits'>, data: DataShape): string | undefined =>
  data.columns.length ? WHY_NOT[suits](data) : undefined

/** The trainer to begin with: the one that is wanted where it suits the data, else the first that does. */
export const trainerFor = (wanted: string, trainers: readonly TrainerChoice[], data: DataShape): string => {
  if (wanted === OWN) return wanted
  const given = trainers.find(({ name }) => name === wanted)
  if (given && whyNot(given, data) === undefined) return wanted
  return trainers.find(trainer => whyNot(trainer, data) === undefined)?.name ?? wanted
}

/** Dense layers to begin with: pictures bring their own features, so one small layer is enough. */
export const LAYERS = { table: '100-70-50-25', images: '64' }
export const layersFor = (suits: TrainerChoice['suits'] | undefined): string =>
  suits === 'images' ? LAYERS.images : LAYERS.table
