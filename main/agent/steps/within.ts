import { fail } from '../../engine/kit/index.ts'

/**
 * Runs a step that has to end: after its time its signal aborts and a person is told which step it was.
 * @throws Failure `unreachable` when the time is up
 */
export async function within<T>(
  milliseconds: number,
  what: string,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController()
  const timer = setTimeout(() => end.abort(), milliseconds)
  timer.unref()
  const gone = new Promise<never>((_, reject) => {
    end.signal.addEventListener('abort', () =>
      reject(
        fail(
          'unreachable',
          `${what} did not come to an end within ${Math.round(milliseconds / 1000)} s.`,
          'The device tries again by itself and goes on with what it has.',
        ),
      ),
    )
  })
  gone.catch(() => {})
  try {
    return await Promise.race([run(AbortSignal.any([signal, end.signal])), gone])
  } finally {
    clearTimeout(timer)
  }
}
