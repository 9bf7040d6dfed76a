import type { Hash, Split } from '#contract'

/** An object in a picture: its class, and where it is from the upper left corner. */
export interface Box {
  class: string
  x: number
  y: number
  width: number
  height: number
  /** It stands for many objects that were not drawn one by one. */
  crowd?: true
}

/** A picture as a folder or a list names it. */
export interface Picture {
  /** Relative to the folder, with `/`; it is what the row is called. */
  path: string
  /** Where it is on the disk. */
  file: string
  label: string | null
  split: Split | null
  /** Its objects, where it is annotated. */
  boxes: Box[] | null
  bytes: number
  /** Of its content; there once it was read. */
  blob?: Hash
  /** Why its file cannot be read at all. */
  problem?: string
}

/** All pictures of an import. */
export interface Pictures {
  root: string
  list: Picture[]
  /** What numbers of a box are: pixels of the picture, or shares of its sides. */
  unit: 'pixels' | 'shares'
  /** Folders or lists say to which split each picture belongs. */
  hasSplits: boolean
  bytes: number
  notes: string[]
}

/** What a way of labeling found: pictures by their paths, before their files are looked at. */
export interface Labeled extends Pick<Picture, 'path' | 'label' | 'split' | 'boxes'> {
  /** Where the list names a file outside the folder. */
  file?: string
  problem?: string
}

/** What a way of labeling found, and what was noticed. */
export interface Labels {
  list: Labeled[]
  unit?: Pictures['unit']
  notes: string[]
}

const ENDING = /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|heic|heif|bmp)$/i

/** Whether a file calls itself a picture. */
export const isPicture = (path: string): boolean => ENDING.test(path)

/** A name without the ending of a picture. */
export const withoutPictureEnding = (path: string): string => path.replace(ENDING, '')

/** `1 picture`, `1,234 pictures`. */
export const pictures = (count: number): string =>
  `${count.toLocaleString('en')} ${count === 1 ? 'picture' : 'pictures'}`
