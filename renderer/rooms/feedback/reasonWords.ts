import type { FeedbackBatch, FeedbackSample, SampleReason } from '#contract'

/** Why a device kept a row, in a few words. */
export const REASONS: Record<SampleReason, string> = {
  disagreement: 'Two versions differ',
  button: 'Kept by hand',
  'low-confidence': 'Unsure',
  random: 'Drawn at random',
}

const ORDER: SampleReason[] = ['disagreement', 'button', 'low-confidence', 'random']

/** "12 differ, 3 unsure", what says most first. */
export const reasonsOf = ({ reasons }: Pick<FeedbackBatch, 'reasons'>): string =>
  ORDER.flatMap(reason => (reasons[reason] ? [`${reasons[reason]} ${SHORT[reason]}`] : [])).join(', ')

const SHORT: Record<SampleReason, string> = {
  disagreement: 'differ',
  button: 'by hand',
  'low-confidence': 'unsure',
  random: 'random',
}

/** Rows of a batch of which nobody said anything yet. */
export const openIn = ({ samples, labeled, skipped }: FeedbackBatch): number => samples - labeled - skipped

/** What a version answered, as one reads it. */
export const answerOf = ({ class: name, value }: FeedbackSample['guess']): string =>
  name ?? (value === null ? 'nothing' : String(Number(value.toPrecision(6))))
