import type { DatePart } from '#contract'
import { widthOf } from './kinds/index.ts'
import { circleNames } from './kinds/names.ts'
import type { FeatureSpec, WindowRule } from './spec.ts'

const digits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 6 })
/** A figure in words: six digits are enough to know it by. */
const figure = (value: number): string =>
  value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e9)
    ? String(Number(value.toPrecision(6)))
    : digits.format(value)
const edge = (value: number | undefined): string => (value === undefined ? '' : figure(value))

/** What was learned of a feature in words, and what each of its columns of an encoded row is. */
export function describeFeature(spec: FeatureSpec): { words: string; columns: string[] } {
  const { words, columns } = described(spec)
  const filled = spec.fill === undefined ? '' : `, missing becomes ${JSON.stringify(spec.fill)}`
  return {
    words: words + filled,
    columns: [...columns, ...(spec.indicator ? ['missing'] : [])].slice(0, widthOf(spec)),
  }
}

const places = (names: string[], as: 'index' | undefined): string[] => (as ? ['index'] : names)
const withMissing = (names: string[], missing: boolean) => [...names, ...(missing ? ['missing'] : [])]

/** How many rows back each value of a window is, oldest first. */
const valueNames = ({ rows = 0, current }: WindowRule): string[] =>
  Array.from({ length: rows }, (_, i) => {
    const back = rows - i - Number(current)
    return back === 0 ? 'now' : `${back} before`
  })

function described(spec: FeatureSpec): { words: string; columns: string[] } {
  switch (spec.kind) {
    case 'number':
      return {
        words: `mean ${figure(spec.mean)}, deviation ${figure(spec.deviation)}`,
        columns: withMissing([spec.name], spec.missing),
      }
    case 'scaled': {
      const held = spec.low !== null || spec.high !== null
      const limits = `, held within ${spec.low === null ? 'no limit' : figure(spec.low)} and ${spec.high === null ? 'no limit' : figure(spec.high)}`
      const words =
        spec.scale === 'none'
          ? 'as it is'
          : spec.scale === 'min-max'
            ? `from ${figure(spec.center)} to ${figure(spec.center + spec.spread)} becomes 0 to 1`
            : spec.scale === 'robust'
              ? `median ${figure(spec.center)}, quartiles ${figure(spec.spread)} apart`
              : `${spec.scale === 'log1p' ? 'logarithm, ' : ''}mean ${figure(spec.center)}, deviation ${figure(spec.spread)}`
      return { words: words + (held ? limits : ''), columns: withMissing([spec.name], spec.missing) }
    }
    case 'ranges': {
      const { edges } = spec
      const names = Array.from({ length: edges.length + 1 }, (_, i) =>
        i === 0
          ? `below ${edge(edges[0])}`
          : i === edges.length
            ? `from ${edge(edges[i - 1])}`
            : `${edge(edges[i - 1])} to ${edge(edges[i])}`,
      )
      return {
        words: `${edges.length + 1} ranges`,
        columns: places(withMissing(names, spec.missing), spec.as),
      }
    }
    case 'vocabulary': {
      const others = spec.others ?? Number(spec.other)
      const names = [
        ...spec.values,
        ...Array.from({ length: others }, (_, i) => (others === 1 ? 'other' : `other ${i + 1}`)),
      ]
      return {
        words: `${spec.values.length} ${spec.values.length === 1 ? 'value' : 'values'}${others ? ` and ${others === 1 ? 'a place' : `${others} places`} for others` : ''}`,
        columns: places(withMissing(names, spec.missing), spec.as),
      }
    }
    case 'tokens':
      return {
        words: `${spec.values.length} ${spec.values.length === 1 ? 'word' : 'words'}${spec.buckets ? ` and ${spec.buckets} buckets for others` : ''}, the first ${spec.length} of a text`,
        columns: spec.as
          ? Array.from({ length: spec.length }, (_, i) => `word ${i + 1}`)
          : [...spec.values, ...Array.from({ length: spec.buckets }, (_, i) => `bucket ${i}`)],
      }
    case 'buckets':
    case 'cross': {
      const names = Array.from({ length: spec.buckets }, (_, i) => `bucket ${i}`)
      return {
        words: `${spec.buckets} buckets by hash${spec.kind === 'cross' ? ` of ${spec.columns.join(' and ')}` : ''}`,
        columns: places(spec.kind === 'cross' ? names : withMissing(names, spec.missing), spec.as),
      }
    }
    case 'calendar':
    case 'parts': {
      const parts: DatePart[] =
        spec.kind === 'parts'
          ? spec.parts
          : ['month', 'weekday', ...(spec.type === 'timestamp' ? (['hour'] as const) : []), 'trend']
      const as = spec.kind === 'parts' ? spec.as : 'cycle'
      return {
        words: parts.join(', '),
        columns: withMissing(
          parts.flatMap(part => circleNames(part, as)),
          spec.missing,
        ),
      }
    }
    case 'image': {
      const { height, width, channels, scale } = spec
      const names =
        channels === 1 ? ['gray'] : scale === 'caffe' ? ['blue', 'green', 'red'] : ['red', 'green', 'blue']
      return {
        words: `pictures of ${width} × ${height}, ${channels === 1 ? 'gray' : 'in color'}, values ${scale}`,
        columns: Array.from(
          { length: widthOf(spec) },
          (_, at) =>
            `${Math.floor(at / channels / width)}, ${Math.floor(at / channels) % width}, ${names[at % channels]}`,
        ),
      }
    }
    case 'window':
      return {
        words: `${spec.window.figures.join(', ')} of ${spec.columns[0]} over the last ${[
          ...(spec.window.rows === undefined ? [] : [`${spec.window.rows} rows`]),
          ...(spec.window.seconds === undefined ? [] : [`${figure(spec.window.seconds)} s`]),
        ].join(' within ')}`,
        columns: withMissing(
          spec.window.figures.flatMap(figure => (figure === 'values' ? valueNames(spec.window) : [figure])),
          spec.missing,
        ),
      }
  }
}
