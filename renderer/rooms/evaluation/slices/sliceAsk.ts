import type { Evaluation } from '#contract'

/** How an evaluation is to be sliced, as `evaluation run` is asked: columns, and crosses or expressions. */
export interface SliceAsk {
  by: string[]
  slice: string[]
}

/* A column as it stands in an expression: in backticks where it holds other signs than those of a name. */
const quoted = (column: string): string => (/^[\w.-]+$/.test(column) ? column : `\`${column}\``)

/** Two columns as one asks for the combinations of their values. */
export const crossText = (one: string, other: string): string => `${quoted(one)} * ${quoted(other)}`

/**
 * What an evaluation was sliced by, so that measuring again slices the same way.
 * @param saved names of saved slices, which are measured without being asked for
 */
export function askedOf({ sliced, slices = [] }: Evaluation, saved: readonly string[] = []): SliceAsk {
  const by = sliced?.by ?? []
  const crosses = by.filter(name => name.includes(' × '))
  return {
    by: by.filter(name => !name.includes(' × ')),
    slice: [
      ...crosses.map(name => crossText(...(name.split(' × ', 2) as [string, string]))),
      ...new Set(
        slices.filter(slice => slice.column === null && !saved.includes(slice.name)).map(slice => slice.name),
      ),
    ],
  }
}

/** The same with one more or one less; what is there already is not said twice. */
export const withAsk = (ask: SliceAsk, kind: keyof SliceAsk, text: string): SliceAsk => ({
  ...ask,
  [kind]: [...new Set([...ask[kind], text])],
})
export const withoutAsk = (ask: SliceAsk, kind: keyof SliceAsk, text: string): SliceAsk => ({
  ...ask,
  [kind]: ask[kind].filter(one => one !== text),
})

/** A column by its name, else as written: `sex` is sliced by, `sex * age` and `age > 30` are slices. */
export function readAsk(
  text: string,
  columns: readonly string[],
): { kind: keyof SliceAsk; text: string } | null {
  const typed = text.trim()
  if (!typed) return null
  return { kind: columns.includes(typed) ? 'by' : 'slice', text: typed }
}
