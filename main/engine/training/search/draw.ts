import type { SearchKind } from '#contract'
import { canonicalJson, fail, seeded, shuffled } from '../../kit/index.ts'
import { allOf, type Dimension, drawOf, gridOf, sizeOf } from './space.ts'

type Values = Record<string, unknown>

/** Trials of a search where it is not said. */
const USUAL = 20
const MOST = 10_000
/** The stream of random numbers of a search, apart from those of the runs. */
const DRAWS = 0x5ea2c4
/** Draws in a row that were there already: then the rest of the space is not found by drawing. */
const PATIENCE = 1000

/** Values by name for each trial, none of them twice. The same seed gives the same, in the same order. */
export function trialsOf(
  kind: SearchKind,
  space: Dimension[],
  seed: number,
  wanted: number | undefined,
): Values[] {
  return kind === 'grid' ? grid(space, seed, wanted) : drawn(space, seed, wanted ?? USUAL)
}

/** All combinations, the last name changing fastest; or, where fewer are wanted, so many of them in a random order. */
function grid(space: Dimension[], seed: number, wanted: number | undefined): Values[] {
  const values = space.map(gridOf)
  const count = values.reduce((product, { length }) => product * length, 1)
  if (count > MOST && wanted === undefined)
    throw fail(
      'bad-input',
      `This grid has ${count} combinations.`,
      `Take fewer values, or search ${MOST} of them or fewer at random with --search random --trials K.`,
    )
  const take = Math.min(wanted ?? count, count)
  if (take < count && count > MOST * 100) return drawn(asChoices(space, values), seed, take)
  const order = take < count ? shuffled(count, seeded(seed, DRAWS)).subarray(0, take) : null
  return unique(
    Array.from({ length: take }, (_, i) => combination(space, values, order ? (order[i] ?? 0) : i)),
  )
}

const asChoices = (space: Dimension[], values: unknown[][]): Dimension[] =>
  space.map(({ name }, i) => ({ kind: 'choices', name, choices: values[i] ?? [] }))

function combination(space: Dimension[], values: unknown[][], index: number): Values {
  let rest = index
  const chosen: [string, unknown][] = []
  for (let i = space.length - 1; i >= 0; i--) {
    const some = values[i] ?? []
    chosen.unshift([space[i]?.name ?? '', some[rest % some.length]])
    rest = Math.floor(rest / some.length)
  }
  return Object.fromEntries(chosen)
}

function unique(all: Values[]): Values[] {
  return [...new Map(all.map(values => [canonicalJson(values), values])).values()]
}

/** Independent draws. A space that holds no more than is wanted is gone through whole, in a random order. */
function drawn(space: Dimension[], seed: number, wanted: number): Values[] {
  const random = seeded(seed, DRAWS)
  const size = space.reduce((product, dimension) => product * sizeOf(dimension), 1)
  if (size <= wanted) {
    const values = space.map(allOf)
    return unique([...shuffled(size, random)].map(index => combination(space, values, index)))
  }
  const found = new Map<string, Values>()
  for (let missed = 0; found.size < wanted && missed < PATIENCE; ) {
    const values = Object.fromEntries(space.map(dimension => [dimension.name, drawOf(dimension, random)]))
    const key = canonicalJson(values)
    missed = found.has(key) ? missed + 1 : 0
    found.set(key, found.get(key) ?? values)
  }
  return [...found.values()]
}
