import { Failure } from '#contract'
import { FailureError } from '../../engine/index.ts'

/**
 * Hands a file to the shell that serves this page on the same machine; a browser does not tell where a file lies.
 * @returns the path under which the engine can read it
 */
export async function upload(file: File, signal?: AbortSignal): Promise<string> {
  const cut = (): FailureError =>
    new FailureError({
      code: 'unreachable',
      message: `${file.name} could not be handed to the engine.`,
      remedy: 'Check that Edgewright is still running and try again.',
    })
  let answer: Response
  try {
    answer = await fetch(`/files?name=${encodeURIComponent(file.name)}`, {
      method: 'PUT',
      body: file,
      signal: signal ?? null,
    })
  } catch (reason) {
    if (signal?.aborted) throw reason
    throw cut()
  }
  const said: unknown = await answer.json().catch(() => null)
  if (answer.ok && typeof (said as { path?: unknown } | null)?.path === 'string')
    return (said as { path: string }).path
  const failure = Failure.safeParse(said)
  throw failure.success ? new FailureError(failure.data) : cut()
}
