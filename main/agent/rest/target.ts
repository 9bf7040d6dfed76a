import { fail } from '../../engine/kit/index.ts'

/** Takes `/v1/models/<name>[/versions/<n>][/metadata|:verb]` apart; names arrive percent-encoded. */
export function targetOf(url: string): { model: string; version?: number; verb?: string } {
  const path = new URL(url).pathname.slice('/v1/models/'.length)
  let parts: string[]
  try {
    parts = path.split('/').map(decodeURIComponent)
  } catch (cause) {
    throw fail('bad-input', 'The address is not encoded properly.', 'Encode the name of the model.', {
      cause,
    })
  }
  let verb: string | undefined
  if (parts.at(-1) === 'metadata' && parts.length > 1) {
    verb = 'metadata'
    parts.pop()
  } else {
    const last = /^(.*):(\w+)$/s.exec(parts.at(-1) ?? '')
    if (last) {
      parts[parts.length - 1] = last[1] ?? ''
      verb = last[2]
    }
  }
  const [model = '', versions, number, ...rest] = parts
  if (!model || rest.length || (versions !== undefined && versions !== 'versions'))
    throw fail(
      'not-found',
      'There is nothing at this address.',
      'Use /v1/models/NAME[/versions/N][:predict].',
    )
  if (versions === undefined) return { model, verb }
  if (!/^\d{1,9}$/.test(number ?? ''))
    throw fail(
      'bad-input',
      `"${(number ?? '').slice(0, 40)}" is not a version.`,
      'Versions are whole numbers.',
    )
  return { model, version: Number(number), verb }
}
