import type { Plan } from '#contract'
import { TRAINERS } from '../trainers/index.ts'
import { series } from './series.ts'
import type { Suggestion } from './suggestion.ts'
import { texts } from './texts.ts'

const SUGGESTIONS: Partial<Record<(typeof TRAINERS)[number]['suits'], Suggestion>> = { series, text: texts }

/** What the trainer of a plan needs; undefined: nothing beyond the columns as they are. */
export const suggestionOf = ({ trainer }: Plan): Suggestion | undefined => {
  const suits = TRAINERS.find(({ name }) => name === trainer)?.suits
  return suits && SUGGESTIONS[suits]
}
