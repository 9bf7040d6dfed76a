/** What devices could not be sure of is labelled here and becomes rows to learn from. */
export { createFeedback, type FeedbackRoom } from './feedback.ts'
