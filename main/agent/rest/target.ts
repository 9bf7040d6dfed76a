import { fail } from '../../engine/kit/index.ts'

/** What an address names. */
export interface Target {
  model: string
  version?: number
  label?: string
  verb?: string | undefined
}

/** Takes `/v1/models/<name>[/versions/<n>|/labels/<label>][/metadata|:verb]` apart; names arrive percent-encoded. */
export function targetOf(path: string): Target {
  let parts: string[]
  try {
    parts = path.slice('/v1/models/'.length).split('/').map(decodeURIComponent)
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
  const [model = '', by, which = '', ...rest] = parts
  if (!model || rest.length || (by !== undefined && !['versions', 'labels'].includes(by)))
    throw fail(
      'not-found',
      'There is nothing at this address.',
      'Use /v1/models/NAME[/versions/N or /labels/L][:predict].',
    )
  if (by === undefined) return { model, verb }
  if (by === 'labels') return { model, label: which, verb }
  if (!/^\d{1,9}$/.test(which))
    throw fail('bad-input', `"${which.slice(0, 40)}" is not a version.`, 'Versions are whole numbers.')
  return { model, version: Number(which), verb }
}
