import { createReadStream } from 'node:fs'
import { z } from 'zod'
import { Failure, Latency } from '#contract'
import type { JobContext } from '../../jobs/index.ts'
import { FailureError, fail } from '../../kit/index.ts'
import type { Measured } from './deviceOf.ts'
import type { ModelFile } from './fileOf.ts'

/** Milliseconds until a device that says nothing counts as not there. */
const PATIENCE = 10_000
/** The same for a model on its way in and its runs. */
const LONG_PATIENCE = 900_000
/** An answer is a few hundred bytes. */
const LONGEST_ANSWER = 64 << 10

const Offer = z.object({ mostBytes: z.number() })
const Refusal = z.object({ failure: Failure })

/**
 * Lets a device measure a model. Whether it may is asked before the model is sent.
 * @throws Failure `unreachable`, `unsupported` for a device that cannot measure yet, `bad-input` for what is no device
 * or too large a model, and what the device says: `no-permission`, `in-use`, `unsupported-graph`
 */
export async function askForLatency(
  device: Measured,
  { path, bytes, title }: Pick<ModelFile, 'path' | 'bytes' | 'title'>,
  runs: number | undefined,
  job: JobContext,
): Promise<Latency> {
  const { name } = device
  const { mostBytes } = await ask(device, '', {}, PATIENCE, Offer, job.signal)
  if (bytes > mostBytes)
    throw fail(
      'bad-input',
      `${title} has ${mega(bytes)} MB, and ${name} measures at most ${mega(mostBytes)} MB.`,
      'Measure a smaller variant.',
    )
  async function* content(): AsyncIterable<Uint8Array> {
    let sent = 0
    for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
      job.progress(sent / bytes / 2, `sending it to ${name}`)
      sent += chunk.length
      yield chunk
    }
    job.progress(0.5, `measuring on ${name}`)
  }
  const init = {
    method: 'POST',
    body: content() as unknown as BodyInit,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(bytes) },
    duplex: 'half',
  } as RequestInit
  return ask(device, runs === undefined ? '' : `?runs=${runs}`, init, LONG_PATIENCE, Latency, job.signal)
}

const mega = (bytes: number) => (bytes / 1e6).toFixed(1)

async function ask<T>(
  { name, address, token }: Measured,
  query: string,
  init: RequestInit,
  patience: number,
  Answer: z.ZodType<T>,
  signal: AbortSignal,
): Promise<T> {
  let status: number
  let said: unknown
  try {
    const answer = await fetch(`${address}/v1/measure${query}`, {
      ...init,
      redirect: 'error',
      headers: { ...init.headers, ...(token ? { authorization: `Bearer ${token}` } : {}) },
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    })
    status = answer.status
    said = await jsonOf(answer)
  } catch (cause) {
    if (signal.aborted) throw cause
    throw fail('unreachable', `${name} does not answer at ${address}.`, 'Check the network and the device.', {
      cause,
    })
  }
  const read = Answer.safeParse(said)
  if (status === 200 && read.success) return read.data
  const refused = Refusal.safeParse(said)
  if (refused.success) {
    const { failure } = refused.data
    throw new FailureError({ ...failure, message: `${name} says: ${failure.message}` })
  }
  if (status === 404 && said !== null)
    throw fail(
      'unsupported',
      `${name} runs an Edgewright that cannot measure yet.`,
      'Update Edgewright on the device, then measure again.',
    )
  throw fail('bad-input', `What answers at ${address} is no device of Edgewright.`, 'Check the address.')
}

/** Null for what is no JSON, or far too long. */
async function jsonOf(answer: Response): Promise<unknown> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of answer.body ?? []) {
    bytes += part.length
    if (bytes > LONGEST_ANSWER) return null
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString())
  } catch {
    return null
  }
}
