import type { FeatureRecipe, MissingPolicy, StepKind, TransformStep } from '#contract'
import { count, duration, plural } from '../../ui/index.ts'

export const STEP_WORDS: Record<StepKind, string> = {
  suggested: 'As suggested',
  'leave-out': 'Leave out',
  number: 'Number',
  buckets: 'Ranges',
  vocabulary: 'Vocabulary',
  hash: 'Hash',
  tokens: 'Words',
  date: 'Date parts',
  cross: 'Cross',
  window: 'Window over time',
}

export const SCALE_WORDS = {
  standard: 'Mean 0, deviation 1',
  'min-max': 'From 0 to 1',
  robust: 'By median and quartiles',
  log1p: 'Logarithm, then mean 0',
  none: 'As it is',
} as const

export const FILL_WORDS: Record<MissingPolicy['fill'], string> = {
  own: 'A place of its own',
  mean: 'The mean',
  median: 'The median',
  'most-frequent': 'The most frequent value',
  constant: 'A constant',
  drop: 'Drop the row',
}

const form = (as: 'one-hot' | 'index') => (as === 'index' ? ', as an index' : '')

/** What a step does, in few words. */
export function stepWords(step: TransformStep): string {
  switch (step.kind) {
    case 'number':
      return SCALE_WORDS[step.scale] + (step.clip ? ', clipped' : '')
    case 'buckets':
      return step.by === 'edges'
        ? `${plural((step.edges?.length ?? 0) + 1, 'given range')}${form(step.as)}`
        : `${plural(step.count, 'range')} of equal ${step.by === 'quantiles' ? 'rows' : 'width'}${form(step.as)}`
    case 'vocabulary':
      return `Up to ${plural(step.most, 'value')}${form(step.as)}`
    case 'hash':
      return `${count(step.buckets)} buckets by hash${form(step.as)}`
    case 'tokens':
      return step.by === 'hash'
        ? `${plural(step.length, 'word')}, by hash`
        : `${plural(step.length, 'word')}, of the ${count(step.most)} most frequent`
    case 'date':
      return step.parts.join(', ')
    case 'cross':
      return `${count(step.buckets)} buckets by hash of both${form(step.as)}`
    case 'window': {
      const reach = [
        ...(step.rows === undefined ? [] : [plural(step.rows, 'row')]),
        ...(step.seconds === undefined ? [] : [duration(step.seconds * 1000)]),
      ].join(' within ')
      return `${step.figures.join(', ')} over ${reach || '…'}${step.group ? ` of each ${step.group}` : ''}`
    }
    default:
      return ''
  }
}

/** What is done with missing cells, in few words; empty for the usual. */
export const missingWords = ({ fill, value, indicator }: FeatureRecipe['missing']): string =>
  fill === 'own'
    ? ''
    : `${fill === 'constant' ? `missing becomes ${JSON.stringify(value ?? null)}` : fill === 'drop' ? 'rows without it are dropped' : `missing becomes ${FILL_WORDS[fill].toLowerCase()}`}${indicator ? ', with a mark' : ''}`
