/** What devices could not be sure of is labeled here and becomes rows to learn from. */
export { createFeedback, type FeedbackRoom } from './feedback.ts'
