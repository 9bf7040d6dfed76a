import { SearchAsked } from '#contract'
import type { Search } from './planSpace.ts'

/** What a search is asked beside its space. */
export interface SearchWanted {
  search?: Exclude<Search, 'none'>
  trials?: number
  objective?: string
  goal?: 'least' | 'most'
  stopping?: 'median' | 'none'
  factor?: number
  minEpochs?: number
}

/** The same as it stands in the form. */
export interface SearchDraft {
  search: Search
  trials: number | null
  /** What trials are judged by; empty: the loss. */
  objective: string
  /** `name`: the engine knows by its name whether more or less of it is better. */
  goal: NonNullable<SearchWanted['goal']> | 'name'
  /** Whether a trial of a grid or a random search ends where others are better. */
  stopping: boolean
  factor: number | null
  minEpochs: number | null
}

export const searchDraft = (known: SearchWanted): SearchDraft => ({
  search: known.search ?? 'none',
  trials: known.trials ?? null,
  objective: known.objective ?? '',
  goal: known.goal ?? 'name',
  stopping: known.stopping !== 'none',
  factor: known.factor ?? null,
  minEpochs: known.minEpochs ?? null,
})

/** What our trainers tell of each task; a program of one's own may tell anything. */
export const objectivesOf = (task: string): { value: string; label: string }[] => [
  { value: 'loss', label: 'Loss on the eval split' },
  ...(task === 'regression' ? [] : [{ value: 'accuracy', label: 'Accuracy on the eval split' }]),
  ...(task === 'binary' || task === 'multiclass'
    ? []
    : [{ value: 'rmse', label: 'RMSE on the eval split, for numbers' }]),
]

/** Whether it matters from which epoch on trials may end. */
export const endsTrials = ({ search, stopping }: SearchDraft): boolean => search === 'halving' || stopping

/** Reads what is asked of a search; what is not said is left to the engine. */
export function readSearch(
  draft: SearchDraft,
  { isOwn, epochs, task }: { isOwn: boolean; epochs: number | null; task: string },
): { wanted: SearchWanted; problems: Partial<Record<keyof SearchDraft, string>> } {
  const { search, trials, goal, factor, minEpochs } = draft
  if (search === 'none') return { wanted: {}, problems: {} }
  const objective = draft.objective.trim()
  const wanted = {
    search,
    ...(trials !== null && { trials }),
    ...(objective && { objective }),
    ...(isOwn && goal !== 'name' && { goal }),
    ...(search !== 'halving' && !draft.stopping && { stopping: 'none' as const }),
    ...(search === 'halving' && factor !== null && { factor }),
    ...(endsTrials(draft) && minEpochs !== null && { minEpochs }),
  }
  const problems: Partial<Record<keyof SearchDraft, string>> = {}
  const isWrong = (field: keyof SearchWanted): boolean =>
    !SearchAsked.shape[field].safeParse((wanted as SearchWanted)[field]).success
  if (isOwn && search === 'halving')
    problems.search = 'A program of your own does not stop between epochs; choose random or grid'
  if (isWrong('trials')) problems.trials = 'Give a whole number from 1 to 10,000'
  if (isWrong('factor')) problems.factor = 'Give a number from 2 to 10'
  if (isWrong('objective')) problems.objective = 'Give the name of a figure, up to 200 letters'
  else if (!isOwn && objective && !objectivesOf(task).some(({ value }) => value === objective))
    problems.objective = `${task === 'regression' ? 'Numbers have' : 'Classes have'} no such figure; choose another`
  if (isWrong('minEpochs')) problems.minEpochs = 'Give a whole number from 1 to 100,000'
  else if (!isOwn && wanted.minEpochs !== undefined && epochs !== null && wanted.minEpochs > epochs)
    problems.minEpochs = `Each trial has ${epochs} epochs; give at most as many`
  return { wanted, problems }
}
