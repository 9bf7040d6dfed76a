import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import type { Doors } from '../../../jobs/index.ts'
import { type FailureError, fail } from '../../../kit/index.ts'
import type { TrainWork } from '../../work.ts'
import type { Done, RunOptions } from '../target.ts'
import { openParcels, type Parcels } from './parcels.ts'

export type GpuDoor = Pick<Doors['training'], 'gpuOffers' | 'gpuData' | 'gpuTell' | 'gpuGive'>

type Word = ReturnType<GpuDoor['gpuOffers']> extends AsyncIterable<infer Event> ? Event : never

/** A page that lends its GPU, to one work at a time. */
interface Lender {
  name: string
  task: Task | null
  say(word: Word): void
}

interface Task {
  id: string
  parcels: Parcels
  hear: RunOptions['tell']
  end(how: Done | FailureError): void
}

/** The pages that lend their GPUs, and what is done on them. */
export interface Lending {
  /** The GPUs that are lent now. */
  names(): string[]
  /** Has a page train by a work folder; waits while all are busy. @throws Failure as a target does */
  train(folder: string, work: TrainWork, options: RunOptions): Promise<Done>
  door: GpuDoor
}

export function openLending(): Lending {
  const lenders = new Set<Lender>()
  const changed = new EventEmitter().setMaxListeners(0)

  function taskOf(id: string): Task {
    for (const { task } of lenders) if (task?.id === id) return task
    throw fail('not-found', 'This work is over.', 'Stop it.')
  }

  /** Gives a task to a page with nothing to do; at once, so that no other can come between. */
  async function hand(task: Task, { signal, step }: RunOptions): Promise<Lender> {
    for (;;) {
      if (signal.aborted) throw cancelled()
      const lender = [...lenders].find(each => each.task === null)
      if (lender) {
        lender.task = task
        return lender
      }
      if (lenders.size === 0) throw gone()
      step?.('waiting for the GPU', null)
      await once(changed, 'change', { signal }).catch(() => {})
    }
  }

  async function train(folder: string, work: TrainWork, options: RunOptions): Promise<Done> {
    const { signal, tell } = options
    const { promise, resolve: end } = Promise.withResolvers<Done | FailureError>()
    const id = randomBytes(24).toString('base64url')
    const parcels = openParcels(folder, work)
    const lender = await hand({ id, parcels, hear: tell, end }, options)
    const stop = () => end(cancelled())
    signal.addEventListener('abort', stop, { once: true })
    lender.say({ kind: 'train', task: id })
    try {
      const how = await promise
      if (!('kind' in how)) throw how
      parcels.mustHaveWeights()
      return how
    } finally {
      signal.removeEventListener('abort', stop)
      lender.task = null
      lender.say({ kind: 'stop', task: id })
      changed.emit('change')
    }
  }

  const door: GpuDoor = {
    async *gpuOffers({ name }, { signal }) {
      const words: Word[] = [{ kind: 'known' }]
      let wake = () => {}
      const lender: Lender = {
        name,
        task: null,
        say(word) {
          words.push(word)
          wake()
        },
      }
      signal.addEventListener('abort', () => wake(), { once: true })
      lenders.add(lender)
      changed.emit('change')
      try {
        while (!signal.aborted) {
          const word = words.shift()
          if (word) yield word
          else
            await new Promise<void>(resolve => {
              wake = resolve
            })
        }
      } finally {
        lenders.delete(lender)
        lender.task?.end(gone())
        changed.emit('change')
      }
    },
    gpuData: async ({ task, file, offset }) => await taskOf(task).parcels.read(file, offset),
    async gpuTell({ task, message }) {
      const { hear, end } = taskOf(task)
      if (message.kind === 'done') end(message)
      else if (message.kind === 'failed') {
        const { code, message: words, remedy } = message.failure
        end(fail(code, words, remedy))
      } else hear(message)
      return {}
    },
    async gpuGive({ task, file, offset, last, data }) {
      await taskOf(task).parcels.take(file, offset, new Uint8Array(await data.arrayBuffer()), last)
      return {}
    },
  }

  return { names: () => [...new Set([...lenders].map(({ name }) => name))], train, door }
}

const cancelled = () =>
  fail('cancelled', 'It was cancelled.', 'Do it again; a run goes on from its last checkpoint.')

const gone = () =>
  fail(
    'interrupted',
    'The window that lent its GPU was closed or loaded again.',
    'Continue the run, with such a window or on another target; it goes on from its last checkpoint.',
  )
