import type { Labels } from './picture.ts'
import { placesOf } from './place.ts'

/**
 * A folder per class: the label is the first folder of a path, below those of splits and plain ones such as `images`.
 * Folders within a class are part of it, as torchvision's ImageFolder and Keras have it.
 */
export function readClassFolders(paths: readonly string[]): Labels {
  const places = placesOf(paths)
  let deeper = 0
  const list = paths.map(path => {
    const { split, label, deeper: more } = places.of(path)
    if (more) deeper++
    return { path, label, split, boxes: null }
  })
  const notes = deeper
    ? [
        `${deeper.toLocaleString('en')} of the pictures lie in folders within a class folder; their label is the class folder.`,
      ]
    : []
  return { list, notes }
}
