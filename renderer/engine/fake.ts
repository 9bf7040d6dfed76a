import { ref } from 'vue'
import { type Contract, contract, type Engine, inputOf, metaOf } from '#contract'
import type { Connection } from './client.ts'
import { FailureError } from './failure.ts'

/** Answers by room and verb, with the contract's own types. Streams answer with an async iterable. */
export type Answers = { [Room in keyof Contract]?: Partial<Engine[Room]> }

type AnyEntry = Parameters<typeof metaOf>[0] & Parameters<typeof inputOf>[0]

/**
 * An engine for component tests. What is not listed rejects; what is listed is held against the contract, so that a
 * test cannot pass on data the real engine would never send.
 */
export function fakeEngine(answers: Answers): Connection & { cut(): void; heal(): void } {
  const engine: Record<string, Record<string, unknown>> = {}
  for (const [room, entries] of Object.entries(contract)) {
    const verbs: Record<string, unknown> = {}
    for (const [verb, entry] of Object.entries(entries)) {
      const given = (answers as Record<string, Record<string, unknown> | undefined>)[room]?.[verb]
      verbs[verb] = async (input: unknown, options?: { signal?: AbortSignal }) => {
        if (!given)
          throw new FailureError({
            code: 'unsupported',
            message: `${room}.${verb} is not in this fake.`,
            remedy: 'List an answer for it.',
          })
        const read = inputOf(entry as AnyEntry).parse(input)
        const answer = (given as (input: unknown, options: unknown) => unknown)(read, options)
        return held(entry as AnyEntry, await answer, `${room}.${verb}`)
      }
    }
    engine[room] = verbs
  }
  const state = ref<'connecting' | 'ready' | 'lost'>('ready')
  const generation = ref(1)
  return {
    engine: engine as unknown as Engine,
    state,
    generation,
    cut: () => {
      state.value = 'lost'
    },
    heal: () => {
      state.value = 'ready'
      generation.value++
    },
  }
}

function held(entry: AnyEntry, answer: unknown, name: string): unknown {
  const { kind, result } = metaOf(entry)
  const check = (value: unknown, schema = result) => {
    const read = schema.safeParse(value)
    if (!read.success) throw new Error(`${name} answered against the contract: ${read.error.message}`)
    return read.data
  }
  if (kind === 'call') return check(answer)
  if (kind === 'work') return check(answer, outputOf(entry))
  return (async function* () {
    for await (const event of answer as AsyncIterable<unknown>) yield check(event)
  })()
}

const outputOf = (entry: AnyEntry) =>
  (entry as unknown as { '~orpc': { outputSchema: ReturnType<typeof inputOf> } })['~orpc'].outputSchema
