import type { Run } from '#contract'
import type { JobContext } from '../jobs/index.ts'
import type { Runs } from './runs.ts'
import { figureWords } from './words.ts'
import type { Message } from './work.ts'

/** Share of a training job that goes into reading and encoding. */
export const PREPARING = 0.1

/** The record of a run while it trains: what the worker says goes into the run, and is shown by its job. */
export function openRecord(begun: Run, runs: Runs, job: JobContext) {
  const { plan } = begun
  let run = begun

  /** Changes the run, writes it, and tells who watches. */
  function put(change: Partial<Run>): Run {
    run = { ...run, ...change }
    return runs.put(run)
  }

  function hear(message: Message): void {
    const share = (epochs: number) => PREPARING + (1 - PREPARING) * Math.min(1, epochs / plan.epochs)
    const words = (epoch: number) => `epoch ${epoch} of ${plan.epochs}`
    if (message.kind === 'ready') {
      const { backend, parameters, epochs, best } = message
      put({ backend, parameters, epochs, best })
      job.log(`Trains on ${backend}.`)
      job.progress(share(epochs.length), words(Math.min(epochs.length + 1, plan.epochs)))
    } else if (message.kind === 'step') {
      job.progress(share(message.epoch - 1 + message.share), words(message.epoch))
    } else if (message.kind === 'epoch') {
      const { figures, best } = message
      run = { ...run, epochs: [...run.epochs, figures], best }
      runs.epoch(run, figures)
      job.log(figureWords(figures))
      job.progress(share(figures.epoch), words(Math.min(figures.epoch + 1, plan.epochs)))
    }
  }

  return {
    get run() {
      return run
    },
    put,
    hear,
  }
}
