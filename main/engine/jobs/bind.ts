import { implement, ORPCError, type Router } from '@orpc/server'
import { type Contract, contract, type Handlers, metaOf } from '#contract'
import { fail, failureOf } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import type { JobContext, Jobs } from './jobs.ts'

/** What a call or a stream knows of who asked: whether they still listen. */
export interface Request {
  signal: AbortSignal
}

/** All rooms' handlers, by room and verb. */
export type Doors = { [Room in keyof Contract]: Handlers<Contract[Room], Request, JobContext> }

type AnyHandler = (input: unknown, context: unknown) => unknown

const never = new AbortController().signal

/** Expected trouble crosses the wall as data; the rest is logged whole and crosses as `internal`. */
function crossing(error: unknown): unknown {
  if (error instanceof ORPCError) return error
  const failure = failureOf(error)
  if (failure.code === 'internal') console.error(error)
  return new ORPCError('FAILURE', { defined: true, status: 400, message: failure.message, data: failure })
}

/** A title for the tray: the entry's own, and what it is about. */
function titleOf(title: string, input: unknown): string {
  const words = input as Record<string, unknown>
  const runs = Array.isArray(words.run) ? words.run.join(', ') : words.run
  const about = words.name ?? words.dataset ?? words.data ?? words.model ?? runs ?? words.file
  return typeof about === 'string' ? `${title}: ${about.split(/[\\/]/).at(-1)}` : title
}

/**
 * Binds the rooms to the contract: inputs are checked by its schemas, a work becomes a job, and a failure becomes
 * data. This is the only place that knows how the wall is carried.
 */
export function bind(doors: Doors, jobs: Jobs, store: Store): Router<Contract, Record<never, never>> {
  const os = implement(contract) as unknown as Record<
    string,
    Record<string, { handler(run: unknown): unknown }>
  >
  const router: Record<string, Record<string, unknown>> = {}
  for (const [room, entries] of Object.entries(contract)) {
    const bound: Record<string, unknown> = {}
    for (const [verb, entry] of Object.entries(entries)) {
      const { kind, about } = metaOf(entry as never)
      const handler = (doors[room as keyof Contract] as Record<string, AnyHandler>)[verb] as AnyHandler
      const procedure = os[room]?.[verb]
      if (!procedure || !handler) throw new Error(`${room}.${verb} has no handler`)
      const guard = () => {
        if (about.reads) return
        store.assertThere()
        if (store.readOnly)
          throw fail(
            'read-only',
            `The workspace ${store.name} is open in another window, or on a disk that may not be written, so it can only be looked at here.`,
            'Do it in the other window, close that one first, or copy the workspace to a disk that may be written.',
          )
      }
      if (kind === 'work')
        jobs.offer(room, verb, {
          title: input => titleOf(about.title, input),
          cancel: about.cancel ?? '',
          run: (input, job) => handler(input, job) as Promise<unknown>,
        })
      if (kind === 'watch')
        bound[verb] = procedure.handler(async function* ({
          input,
          signal = never,
        }: {
          input: unknown
          signal?: AbortSignal
        }) {
          try {
            yield* handler(input, { signal }) as AsyncIterable<unknown>
          } catch (error) {
            if (!signal.aborted) throw crossing(error)
          }
        })
      else
        bound[verb] = procedure.handler(
          async ({ input, signal = never }: { input: unknown; signal?: AbortSignal }) => {
            try {
              guard()
              if (kind === 'call') return await handler(input, { signal })
              return jobs.start(room, verb, input)
            } catch (error) {
              throw crossing(error)
            }
          },
        )
    }
    router[room] = bound
  }
  return router as unknown as Router<Contract, Record<never, never>>
}
