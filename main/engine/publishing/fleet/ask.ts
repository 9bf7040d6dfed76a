import { fail } from '../../kit/index.ts'

/**
 * Asks a device for predictions over its REST address.
 * @param name what people call it
 * @throws Failure `unreachable`, `not-found`, `bad-input` with the device's own words
 */
export async function ask(
  name: string,
  address: string,
  model: string,
  instances: Record<string, unknown>[],
  signal: AbortSignal,
): Promise<{ predictions: unknown[]; milliseconds: number }> {
  const began = performance.now()
  let answer: Response
  try {
    answer = await fetch(`${address}/v1/models/${encodeURIComponent(model)}:predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ instances }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
    })
  } catch (cause) {
    if (signal.aborted) throw cause
    throw fail('unreachable', `${name} does not answer at ${address}.`, 'Check the network and the device.', {
      cause,
    })
  }
  const said = (await answer.json()) as { predictions?: unknown[]; error?: string }
  if (!answer.ok || !said.predictions) {
    const code = answer.status === 404 ? 'not-found' : answer.status < 500 ? 'bad-input' : 'unreachable'
    throw fail(code, said.error ?? `${name} answered ${answer.status}.`, '')
  }
  return { predictions: said.predictions, milliseconds: performance.now() - began }
}
