import type { Cell } from '#contract'
import { fail } from '../kit/index.ts'
import { EXPECTS, kindOf } from './kinds/index.ts'
import { encodeWindow } from './kinds/window.ts'
import { type Layout, layoutOf } from './layout.ts'
import { type Memory, openMemory } from './memory.ts'
import { filled, isMissing, markMissing } from './missing.ts'
import type { TransformInput, TransformSpec } from './spec.ts'

/**
 * Encodes rows. This is the only code that does so, wherever a model is trained, measured or asked.
 * @param columns cells by column, in the order of `inputsOf(spec)`
 * @param windows figures of the windows, row after row, as a history or a memory took them; where they are left out,
 * these rows are all that ever came
 * @returns `rows` times `spec.width` values, row after row
 * @throws Failure `bad-input` for a cell of a wrong type, or a missing one that is required, with the feature and row
 */
export function encode(
  spec: TransformSpec,
  columns: readonly (readonly Cell[])[],
  rows: number,
  windows: readonly Float64Array[] | (() => readonly Float64Array[]) = () =>
    openMemory(spec).take(columns, rows),
): Float32Array {
  const { inputs, features } = layoutOf(spec)
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i] as TransformInput
    const cells = columns[i]
    if (cells?.length !== rows) throw new RangeError(`${input.name}: ${cells?.length} cells for ${rows} rows`)
    if (input.required) refuseMissing(input, cells)
  }
  const out = new Float32Array(rows * spec.width)
  for (const { feature, fill, indicator, at, types, offset, width } of features) {
    if (feature.kind === 'window') continue
    const own = at.map(place => columns[place] as readonly Cell[])
    kindOf(feature).encode(
      feature,
      fill === undefined ? own : own.map(cells => filled(cells, fill)),
      types,
      out,
      offset,
      spec.width,
    )
    if (indicator) markMissing(own[0] as readonly Cell[], out, offset + width - 1, spec.width)
  }
  // Last, because a memory changes by what it is shown: a row that is refused must not have been shown to it.
  let taken: readonly Float64Array[] | null = null
  let nth = 0
  for (const { feature, offset } of features) {
    if (feature.kind !== 'window') continue
    taken ??= typeof windows === 'function' ? windows() : windows
    encodeWindow(feature, taken[nth++] as Float64Array, rows, out, offset, spec.width)
  }
  return out
}

/**
 * Encodes decoded pictures for a transform that takes nothing else.
 * @param pictures bytes of each, row by row, the channels of a pixel side by side
 */
export const encodePictures = (spec: TransformSpec, pictures: readonly Uint8Array[]): Float32Array =>
  encode(spec, [pictures as unknown as readonly Cell[]], pictures.length, [])

function refuseMissing({ name, type }: TransformInput, cells: readonly Cell[]): void {
  const row = cells.findIndex(isMissing)
  if (row >= 0)
    throw fail(
      'bad-input',
      `Row ${row + 1}: "${name}" is missing, and the model gives no answer without it.`,
      `Send ${EXPECTS[type]} for "${name}".`,
    )
}

/**
 * Encodes instances as a device gets them: one object a row, its values by column name. A value that is not known
 * for a row is `null`; leaving its name out is refused, because it is far more often a slip.
 * @param memory what the model remembers for its windows; it takes the instances in
 * @returns `instances.length` times `spec.width` values, the same bits that `encode` gives
 * @throws Failure `bad-input` that names unknown features, missing ones, and values of a wrong type
 */
export function encodeInstances(
  spec: TransformSpec,
  instances: readonly unknown[],
  memory?: Memory,
): Float32Array {
  const layout = layoutOf(spec)
  const rows = instances.length
  for (let row = 0; row < rows; row++) checkInstance(layout, instances[row], row)
  const columns = layout.inputs.map(({ name }) => {
    const cells = new Array<Cell>(rows)
    for (let row = 0; row < rows; row++) cells[row] = (instances[row] as Record<string, Cell>)[name] as Cell
    return cells
  })
  return encode(spec, columns, rows, memory && (() => memory.take(columns, rows)))
}

/** @throws Failure `bad-input` for names that are unknown, and those that are not there */
function checkInstance({ inputs, known, ignored }: Layout, instance: unknown, row: number): void {
  if (instance === null || typeof instance !== 'object' || Array.isArray(instance))
    throw fail(
      'bad-input',
      `Instance ${row + 1} is not an object with the values of the features.`,
      takes(inputs),
    )
  const names = Object.keys(instance)
  let found = 0
  for (const name of names)
    if (known.has(name)) found++
    else if (!ignored.has(name)) {
      const unknown = names.filter(each => !known.has(each) && !ignored.has(each))
      throw fail(
        'bad-input',
        `Instance ${row + 1} has ${naming(unknown)}, which the model does not know.`,
        takes(inputs),
      )
    }
  if (found === known.size) return
  const absent = inputs.filter(input => !Object.hasOwn(instance, input.name))
  throw fail(
    'bad-input',
    `Instance ${row + 1} lacks ${naming(absent.map(input => input.name))}.`,
    `Send null for a value that is not known. ${takes(absent)}`,
  )
}

/** Names in a sentence; a long list is cut. */
function naming(names: string[]): string {
  const shown = names.slice(0, 5).map(name => `"${name}"`)
  const rest = names.length - shown.length
  return `${names.length === 1 ? 'the feature' : 'the features'} ${shown.join(', ')}${rest ? ` and ${rest} more` : ''}`
}

function takes(inputs: readonly TransformInput[]): string {
  const shown = inputs.slice(0, 20).map(input => `"${input.name}" (${EXPECTS[input.type]})`)
  const rest = inputs.length - shown.length
  return `The model takes ${shown.join(', ')}${rest ? ` and ${rest} more` : ''}.`
}
