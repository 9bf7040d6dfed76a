import { type ImageFeature, imageOf } from '../../engine/encoding/index.ts'
import { openPicture } from '../pictures/index.ts'
import type { Model } from '../serving/index.ts'

type Fields = Record<string, unknown>

const isFields = (value: unknown): value is Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

export const takesPictures = ({ transform }: Model): boolean => imageOf(transform) !== null

/** Where instances stand in the body of a request: lists of them, and objects of lists. */
const FIELDS = ['instances', 'inputs']

/**
 * Opens the pictures that a request brings as files of PNG or JPEG, in their places: alone, by their name, and in columns.
 * A model that takes no pictures has nothing to open.
 * @param body of a predict request, of whatever form
 * @throws Failure `bad-input` that says which picture is none
 */
export async function openPictures(body: unknown, { transform }: Model): Promise<void> {
  const image = imageOf(transform)
  if (!image || !isFields(body)) return
  for (const field of FIELDS) {
    const given = body[field]
    if (Array.isArray(given)) await openList(given, image)
    else if (isFields(given)) await openColumn(given, image)
  }
}

/** Opens the picture of one instance. @returns the instance, or its picture where it is one alone */
export async function openInstance(instance: unknown, { transform }: Model): Promise<unknown> {
  const image = imageOf(transform)
  return image ? opened(instance, image, 0) : instance
}

async function opened(instance: unknown, image: ImageFeature, row: number): Promise<unknown> {
  if (!isFields(instance)) return instance
  if (!(image.name in instance)) return openPicture(instance, image, row)
  const value = instance[image.name]
  // As TensorFlow Serving's clients send a feature of shape [1].
  const picture = Array.isArray(value) && value.length === 1 && isFields(value[0]) ? value[0] : value
  return { ...instance, [image.name]: await openPicture(picture, image, row) }
}

async function openList(instances: unknown[], image: ImageFeature): Promise<void> {
  for (const [row, instance] of instances.entries()) instances[row] = await opened(instance, image, row)
}

async function openColumn(columns: Fields, image: ImageFeature): Promise<void> {
  const column = columns[image.name]
  if (Array.isArray(column))
    for (const [row, value] of column.entries()) column[row] = await openPicture(value, image, row)
  else if (column !== undefined) columns[image.name] = await openPicture(column, image, 0)
}
