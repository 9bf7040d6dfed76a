import { fail } from '../../engine/kit/index.ts'

/** The JSON of a request. @throws Failure `bad-input` that says what is wrong with it */
export function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/\s+/g, ' ').slice(0, 120) : ''
    throw fail(
      'bad-input',
      text.trim() ? `The request is not JSON (${why}).` : 'The request is empty.',
      'Send JSON like {"instances": [{"feature": value, …}]}.',
    )
  }
}
