import { FailureError, fail } from '../kit/index.ts'

/** What the runtime says when it refuses a model, by what it means. */
const REASONS: [pattern: RegExp, reason: (found: RegExpExecArray) => string][] = [
  [
    /Didn't find op for builtin opcode '(\w+)' version '(\d+)'/,
    found => `it does not know version ${found[2]} of the operator ${found[1]}`,
  ],
  [
    /Encountered unresolved custom op: ([^\s.]+)/,
    found => `it does not know the custom operator ${found[1]}`,
  ],
  [
    /XNNPack(?:Delegate)?\b.* failed to/,
    () => 'its operators do not fit together in their types, shapes or options',
  ],
  [
    /Node number (\d+) \((\w+)\) failed to (prepare|invoke)/,
    found => `its operator number ${found[1]} (${found[2]}) does not take these types, shapes or options`,
  ],
]

/**
 * The runtime's refusal in words.
 * @param what the sentence's beginning
 * @param said lines that it wrote meanwhile
 */
export function refusal(what: string, said: string[], cause: unknown): FailureError {
  if (cause instanceof FailureError) return cause
  const lines = [...said, cause instanceof Error ? cause.message : '']
  for (const [pattern, reason] of REASONS)
    for (const line of lines) {
      const found = pattern.exec(line)
      if (found) return failure(`${what}: ${reason(found)}.`, cause)
    }
  const last = lines.findLast(line => /error/i.test(line))?.replace(/^\W*ERROR:?/, '')
  const reason = last
    ?.replaceAll(/\[[^\]]*\]|└.*$/gs, '')
    .trim()
    .replace(/\.$/, '')
  return failure(reason ? `${what}: ${reason}.` : `${what}.`, cause)
}

const failure = (message: string, cause: unknown): FailureError =>
  fail(
    'unsupported-graph',
    message,
    'Keep that part in another form, for example as floats, or run the model on a device that knows it.',
    { cause },
  )

/** Lines of trouble: the runtime hands out whatever lies in its memory where a kernel gave up, and only says so. */
export const troubles = (said: string[]): string[] => said.filter(line => line.startsWith('ERROR'))
