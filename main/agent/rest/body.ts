import { fail } from '../../engine/kit/index.ts'

/**
 * The JSON of a request. As with TensorFlow Serving a number may be `NaN`, `Infinity` or `-Infinity`, which Python
 * writes; none of them is a known value here, so they are `null`.
 * @throws Failure `bad-input` that says what is wrong with it
 */
export function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const known = withoutSpecials(text)
    if (known !== text) return bodyOf(known)
    const why = cause instanceof Error ? cause.message.replace(/\s+/g, ' ').slice(0, 120) : ''
    throw fail(
      'bad-input',
      text.trim() ? `The request is not JSON (${why}).` : 'The request is empty.',
      'Send JSON like {"instances": [{"feature": value, …}]}.',
    )
  }
}

/** Without what no JSON has: numbers that are none, outside of texts, and the mark of UTF-8 before it all. */
function withoutSpecials(text: string): string {
  let isText = false
  return text.replace(/^\uFEFF|\\.|"|-?\b(?:NaN|Infinity)\b/gs, found => {
    if (found === '"') isText = !isText
    return isText || found === '"' || found[0] === '\\' ? found : found === '\uFEFF' ? '' : 'null'
  })
}
