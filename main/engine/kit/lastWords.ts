/** Lines of a process that are kept to find its last words in: a stack, or what V8 says when memory is used up. */
const KEPT = 300

/** What Node.js writes last of all when an error took the program along. */
const CRASHED = /^Node\.js v\d/
/** Under the place in the source where it was thrown; the error's own line comes behind. */
const CARETS = /^\s*\^+\s*$/
const FATAL = /^(FATAL ERROR:|#? ?Fatal (error|process)|terminate called)/i
const FRAME = /^\s+at /
/** Properties of an error stand behind its stack: `    at run (x.js:1:1) {`, one a line, `}`. */
const OPENS = /\{\s*$/
const CLOSES = /^\}$/

/**
 * Gathers what a process writes, and finds the line of it that tells why it ended: of an error that took it along the
 * error's own line, not the stack and the version that Node.js prints behind it; else the last line.
 */
export function openLastWords(): { hear(line: string, isError: boolean): void; said(): string } {
  const errors: string[] = []
  let last = ''
  return {
    hear(line, isError) {
      last = line.trim() || last
      if (!isError) return
      errors.push(line)
      if (errors.length > KEPT) errors.shift()
    },
    said: () => telling(errors) || last,
  }
}

/** The line that tells, where the lines end as those of a crash do. */
function telling(lines: readonly string[]): string | undefined {
  const fatal = lines.findLast(line => FATAL.test(line))
  if (fatal !== undefined) return fatal.trim()
  let end = lines.findLastIndex(line => line.trim() !== '')
  const crashed = CRASHED.test(lines[end] ?? '')
  if (crashed) {
    const carets = lines.findLastIndex(line => CARETS.test(line))
    const told = carets < 0 ? undefined : lines.slice(carets + 1, end).find(line => line.trim() !== '')
    if (told !== undefined) return told.trim()
    end = lines.findLastIndex((line, at) => at < end && line.trim() !== '')
  }
  // An error that the program itself printed, or one without its place in the source.
  if (CLOSES.test(lines[end] ?? ''))
    end = lines.findLastIndex((line, at) => at < end && FRAME.test(line) && OPENS.test(line))
  if (!FRAME.test(lines[end] ?? '')) return crashed ? lines[end]?.trim() : undefined
  return lines.findLast((line, at) => at < end && line.trim() !== '' && !FRAME.test(line))?.trim()
}
