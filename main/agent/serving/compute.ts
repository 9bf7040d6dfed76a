import { FailureError, failureOf } from '../../engine/kit/index.ts'
import type { ServingEvents } from './door.ts'
import type { Here } from './lines.ts'
import type { Answers } from './model.ts'

/** Of the model, and not of who asked. */
export const isFault = (error: unknown): boolean =>
  !(error instanceof FailureError) || error.failure.code === 'unsupported-graph'

/**
 * One version computes some rows, and it is counted and told what it answered.
 * @param answers which of the rows it answers; the others it only sees
 * @throws those of `Model.predict`
 */
export type Compute = (
  name: string,
  here: Here,
  instances: readonly unknown[],
  answers?: (row: number) => boolean,
) => Answers

export const computing =
  (events: ServingEvents): Compute =>
  (name, { model, figures }, instances, answers) => {
    const began = performance.now()
    try {
      const computed = model.predict(instances)
      const predictions = answers
        ? computed.predictions.filter((_, row) => answers(row))
        : computed.predictions
      if (predictions.length > 0) {
        figures.answered(predictions, performance.now() - began)
        events.answered(name, model.version, predictions.length)
      }
      return computed
    } catch (error) {
      figures.failed()
      if (isFault(error)) events.failed(name, model.version, failureOf(error))
      throw error
    }
  }
