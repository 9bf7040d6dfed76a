import { rmSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import type { Latency } from '#contract'
import { atomicWrite, ensureFolder, FailureError, fail, isSecret, runChild } from '../../engine/kit/index.ts'
import { FILES, type Message, type Plan } from './plan.ts'
import { receive, tooLarge } from './receive.ts'

export interface MeasuringOptions {
  /** Only who knows it may measure. Default: whoever reaches the device. */
  token?: string | undefined
  /** A model that takes longer in all is stopped. */
  seconds?: number
  /** Larger models are refused. */
  mostBytes?: number
}

/** Measures models that are sent to this device, one at a time, in a process of their own. */
export interface Measuring {
  /** The largest model that is taken, in bytes. */
  readonly mostBytes: number
  /**
   * @param authorization the header of that name
   * @throws Failure `no-permission`
   */
  permit(authorization: string | undefined): void
  /**
   * How long one row of ones takes.
   * @param announced bytes that the body says it has, where it does
   * @throws TooLarge, Failure `in-use`, `bad-input`, `disk-full`, `unreadable-file`, `unsupported-graph`
   */
  measure(
    model: {
      body: AsyncIterable<Uint8Array> | null
      announced?: number | undefined
      runs?: number | undefined
    },
    signal: AbortSignal,
  ): Promise<Latency>
}

const SECONDS = 120
/** As with releases, a model takes a few times its size in memory. */
const MOST_BYTES = Math.min(512 << 20, Math.floor(totalmem() / 4))
/** What a process that nobody stops any more gets beyond its time, in milliseconds. */
const GRACE = 5000

/**
 * @param options null: nobody may measure here
 * @param state folder of the device
 * @param stop aborts when the device stops
 */
export function openMeasuring(
  options: MeasuringOptions | null,
  state: string,
  stop: AbortSignal,
  note: (event: string, detail: string) => void,
): Measuring {
  const { token, seconds = SECONDS, mostBytes = MOST_BYTES } = options ?? {}
  const folder = join(state, 'measuring')
  // Left behind by a device that was killed.
  rmSync(folder, { recursive: true, force: true })
  let busy = false

  async function run(plan: Plan, signal: AbortSignal): Promise<Latency> {
    atomicWrite(join(folder, FILES.plan), JSON.stringify(plan))
    let end: Latency | FailureError | undefined
    const time = AbortSignal.timeout(seconds * 1000)
    const { code, killedBy, last } = await runChild<Message>(
      new URL('./measurer.ts', import.meta.url),
      folder,
      {
        signal: AbortSignal.any([signal, time]),
        line: () => {},
        told: said => {
          end = said.kind === 'measured' ? said.latency : new FailureError(said.failure)
        },
      },
    )
    signal.throwIfAborted()
    if (end instanceof FailureError) throw end
    if (end) return end
    if (time.aborted)
      throw fail(
        'unsupported-graph',
        `The model did not come to an end within ${seconds} s on this device.`,
        'Measure a smaller variant, or ask for fewer runs.',
      )
    throw fail(
      'unsupported-graph',
      `The process that ran the model ${killedBy ? `was ended by the system (${killedBy})` : `ended by itself (exit code ${code})`}.${last ? ` Its last words: ${last.slice(0, 200)}` : ''}`,
      'It may need more memory than this device has; measure a smaller variant.',
    )
  }

  return {
    mostBytes,
    permit(authorization) {
      if (!options)
        throw fail(
          'no-permission',
          'Measuring is not allowed on this device.',
          'Its technician allows it by starting the agent with --measure.',
        )
      if (token && !isSecret(authorization ?? '', `Bearer ${token}`))
        throw fail(
          'no-permission',
          `Measuring on this device needs a token${authorization ? ', and this is another one' : ''}.`,
          'Ask its technician, and put it into the address: http://:TOKEN@host:port.',
        )
    },
    async measure({ body, announced = 0, runs }, signal) {
      if (busy)
        throw fail('in-use', 'Another model is being measured on this device.', 'Measure this one after it.')
      if (announced > mostBytes) throw tooLarge(mostBytes)
      busy = true
      try {
        ensureFolder(folder)
        const bytes = await receive(body, join(folder, FILES.model), mostBytes)
        const latency = await run({ runs, limit: seconds * 1000 + GRACE }, AbortSignal.any([signal, stop]))
        note('Measured a model', `${(bytes / 1e6).toFixed(1)} MB, ${latency.median.toFixed(2)} ms a row`)
        return latency
      } finally {
        rmSync(folder, { recursive: true, force: true })
        busy = false
      }
    },
  }
}
