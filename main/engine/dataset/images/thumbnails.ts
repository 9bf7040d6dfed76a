import { readFile } from 'node:fs/promises'
import type { Cell, Hash, Thumbnail } from '#contract'
import { fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import type { Page } from '../rows/page.ts'
import type { KeptVersion } from '../versions/versions.ts'
import { AT_A_TIME } from './identify.ts'
import { inOrder } from './inOrder.ts'
import { decoding, loadSharp, MOST_PIXELS } from './measure.ts'
import { openShelf, type Shelf } from './shelf.ts'

/** Of thumbnails, in memory and in the workspace's place for unfinished files. */
const MOST = { memory: 64 << 20, disk: 1 << 30 }

/** Columns that a thumbnail is made of. */
export const SHOWN = ['path', 'label', 'width', 'height', 'blob', 'problem']

/** Small pictures of the rows of a version. */
export interface Thumbnails {
  /**
   * The pictures of a page of rows with the columns of `SHOWN`.
   * @param size pixels of the longer side; a smaller picture stays as it is
   */
  of(page: Page, size: number, signal?: AbortSignal): Promise<Thumbnail[]>
}

/** @throws Failure bad-input where the rows of a version are no pictures */
export function assertPictures({ version }: KeptVersion): void {
  if (!version.images)
    throw fail(
      'bad-input',
      `The rows of ${version.dataset} v${version.number} are no pictures.`,
      'Choose a dataset of pictures, or import a folder of them.',
    )
}

async function make(file: string, size: number): Promise<Buffer> {
  const [library, bytes] = await Promise.all([loadSharp(), readFile(file)])
  return decoding(failOn =>
    library(bytes, { failOn, limitInputPixels: MOST_PIXELS })
      .autoOrient()
      .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 80, effort: 1 })
      .toBuffer(),
  )
}

export function openThumbnails(store: Store): Thumbnails {
  let shelf: Shelf | undefined
  /** Those that are being made, so that none is made twice at once. */
  const making = new Map<string, Promise<Buffer>>()

  async function thumbnail(blob: Hash, size: number): Promise<Buffer> {
    shelf ??= openShelf(store.readOnly ? null : store.place('tmp', 'thumbnails'), MOST)
    const key = `${blob}-${size}`
    const there = await shelf.get(key)
    if (there) return there
    const running = making.get(key)
    if (running) return running
    const made = make(store.blobs.path(blob), size)
    making.set(key, made)
    try {
      const content = await made
      await shelf.put(key, content)
      return content
    } finally {
      making.delete(key)
    }
  }

  async function shown(blob: string | null, problem: string | null, size: number) {
    if (problem !== null) return { data: null, problem }
    if (blob === null) return { data: null, problem: 'Its content is not known.' }
    if (!/^[0-9a-f]{64}$/.test(blob) || !store.blobs.has(blob as Hash))
      return { data: null, problem: 'Its file is missing from this workspace.' }
    try {
      return { data: (await thumbnail(blob as Hash, size)).toString('base64'), problem: null }
    } catch {
      return { data: null, problem: 'It cannot be decoded.' }
    }
  }

  return {
    async of({ columns, rows, numbers }, size, signal) {
      const at = new Map(columns.map(({ name }, nth) => [name, nth]))
      const cell = <T extends Cell>(row: Cell[], name: string) =>
        (row[at.get(name) as number] ?? null) as T | null
      const work = async (nth: number): Promise<Thumbnail> => {
        signal?.throwIfAborted()
        const row = rows[nth] as Cell[]
        return {
          row: numbers[nth] as number,
          path: cell<string>(row, 'path') ?? '',
          label: cell<string>(row, 'label'),
          width: cell<number>(row, 'width'),
          height: cell<number>(row, 'height'),
          ...(await shown(cell(row, 'blob'), cell(row, 'problem'), size)),
        }
      }
      const images: Thumbnail[] = []
      for await (const image of inOrder(rows.keys(), AT_A_TIME, work)) images.push(image)
      return images
    },
  }
}
