import type { DatasetVersion } from '#contract'

/** The command that most people want after a verb, by room and verb. */
const NEXT: Record<string, (result: never) => string> = {
  'dataset.import': ({ dataset }: DatasetVersion) => `statistics compute ${quoted(dataset)}`,
}

/** A name as a word of a command line: of all signs that a shell minds, a name can hold only spaces. */
const quoted = (name: string) => (name.includes(' ') ? `"${name}"` : name)

type Ends = Record<'out' | 'err', { isTTY?: boolean }>

/**
 * What to do next, as a muted line for the error stream; null where no person reads along or nothing is to be said.
 * @param env NO_COLOR leaves the line as bright as the others
 */
export function nextInWords(
  room: string,
  verb: string,
  result: unknown,
  { out, err }: Ends = { out: process.stdout, err: process.stderr },
  env: Record<string, string | undefined> = process.env,
): string | null {
  const next = NEXT[`${room}.${verb}`] as ((result: unknown) => string) | undefined
  if (!next || !out.isTTY || !err.isTTY) return null
  const line = `Next: edgewright ${next(result)}`
  return env.NO_COLOR ? line : `\u001b[2m${line}\u001b[22m`
}
