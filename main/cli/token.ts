/**
 * The engine that holds a workspace may have been started elsewhere, without the `EDGEWRIGHT_TOKEN` that a person set
 * for this command: it goes along in the address of the repository, as if it had been written there. An address that brings
 * its own token stays as it is.
 * @param input of a verb of publishing
 */
export function withToken(
  input: Record<string, unknown>,
  token = process.env.EDGEWRIGHT_TOKEN,
): Record<string, unknown> {
  const { to } = input
  if (!token || typeof to !== 'string' || !/^https?:\/\//i.test(to) || !URL.canParse(to)) return input
  const url = new URL(to)
  if (url.username || url.password) return input
  url.password = encodeURIComponent(token)
  return { ...input, to: url.href }
}
