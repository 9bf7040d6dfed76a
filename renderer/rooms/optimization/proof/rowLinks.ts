import type { RouteLocationRaw } from 'vue-router'
import type { Engine, Run, Split } from '#contract'
import { pathOf } from '../../../app/places.ts'
import { printQuery } from '../../dataset/index.ts'

/** So many rows are asked for at once. */
const PAGE = 1000

/** The split that a variant of a run was proven on, by its words: `the test split of run-1`. */
export const splitOf = (data: string): Split | null => {
  const word = /^the (train|eval|test) split\b/.exec(data)?.[1]
  return (word as Split | undefined) ?? null
}

/**
 * The address of rows that are known by their place in a split of a run: the engine says which numbers they have in
 * the version that the run was trained on.
 */
export async function routeOfRows(
  engine: Engine,
  run: Run,
  split: Split,
  places: readonly number[],
): Promise<RouteLocationRaw> {
  const where = run.where?.length ? { where: run.where } : {}
  const numbers: number[] = []
  for (const page of [...new Set(places.map(place => Math.floor(place / PAGE)))]) {
    const answer = await engine.dataset.rows({
      name: run.version as string,
      split,
      offset: page * PAGE,
      limit: PAGE,
      columns: [],
      ...where,
    })
    for (const place of places)
      if (Math.floor(place / PAGE) === page) {
        const number = answer.numbers?.[place - page * PAGE]
        if (number !== undefined) numbers.push(number)
      }
  }
  return {
    path: pathOf('dataset', run.version as string),
    query: printQuery({ only: numbers.sort((a, b) => a - b) }),
  }
}
