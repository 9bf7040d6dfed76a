import type { Cell } from '#contract'
import { fail } from '../kit/index.ts'
import { kindOf } from './kinds/index.ts'
import type { FeatureSpec, TransformSpec } from './spec.ts'

/**
 * Encodes rows. This is the only code that does so, wherever a model is trained, measured or asked.
 * @param columns cells by column, in the order of `spec.features`
 * @returns `rows` times `spec.width` values, row after row
 * @throws Failure `bad-input` for a cell of a wrong type, with the feature and the row
 */
export function encode(
  spec: TransformSpec,
  columns: readonly (readonly Cell[])[],
  rows: number,
): Float32Array {
  const out = new Float32Array(rows * spec.width)
  let offset = 0
  spec.features.forEach((feature, i) => {
    const kind = kindOf(feature)
    const cells = columns[i]
    if (cells?.length !== rows)
      throw new RangeError(`${feature.name}: ${cells?.length} cells for ${rows} rows`)
    kind.encode(feature, cells, out, offset, spec.width)
    offset += kind.width(feature)
  })
  return out
}

/**
 * Encodes instances as a device gets them: one object a row, its values by feature name. A feature that is not known
 * for a row is `null`; leaving its name out is refused, because it is far more often a slip.
 * @returns `instances.length` times `spec.width` values, the same bits that `encode` gives
 * @throws Failure `bad-input` that names unknown features, missing ones, and values of a wrong type
 */
export function encodeInstances(spec: TransformSpec, instances: readonly unknown[]): Float32Array {
  const known = new Set(spec.features.map(feature => feature.name))
  const ignored = new Set(spec.leftOut.map(column => column.name))
  instances.forEach((instance, row) => {
    if (instance === null || typeof instance !== 'object' || Array.isArray(instance))
      throw fail(
        'bad-input',
        `Instance ${row + 1} is not an object with the values of the features.`,
        takes(spec.features),
      )
    const unknown = Object.keys(instance).filter(name => !known.has(name) && !ignored.has(name))
    if (unknown.length)
      throw fail(
        'bad-input',
        `Instance ${row + 1} has ${naming(unknown)}, which the model does not know.`,
        takes(spec.features),
      )
    const absent = spec.features.filter(feature => !Object.hasOwn(instance, feature.name))
    if (absent.length)
      throw fail(
        'bad-input',
        `Instance ${row + 1} lacks ${naming(absent.map(feature => feature.name))}.`,
        `Send null for a value that is not known. ${takes(absent)}`,
      )
  })
  const columns = spec.features.map(({ name }) =>
    instances.map(instance => (instance as Record<string, Cell>)[name] as Cell),
  )
  return encode(spec, columns, instances.length)
}

/** Names in a sentence; a long list is cut. */
function naming(names: string[]): string {
  const shown = names.slice(0, 5).map(name => `"${name}"`)
  const rest = names.length - shown.length
  return `${names.length === 1 ? 'the feature' : 'the features'} ${shown.join(', ')}${rest ? ` and ${rest} more` : ''}`
}

function takes(features: readonly FeatureSpec[]): string {
  const shown = features
    .slice(0, 20)
    .map(feature => `"${feature.name}" (${kindOf(feature).expects(feature)})`)
  const rest = features.length - shown.length
  return `The model takes ${shown.join(', ')}${rest ? ` and ${rest} more` : ''}.`
}
