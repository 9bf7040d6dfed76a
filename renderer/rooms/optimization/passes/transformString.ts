/** One pass of a transform string, with its arguments in their order; a name that is repeated makes a list. */
export interface Step {
  name: string
  args: { name: string; value: string }[]
}

/** A text that is no transform string: what is wrong, and at which character, from 1. */
export interface Unreadable {
  at: number
  wanted: string
}

/**
 * Reads a transform string as TensorFlow's `transform_graph` takes it: `fold_constants(ignore_errors=true) sort_by_execution_order`.
 * The engine reads it again and has the last word.
 */
export function readSteps(source: string): Step[] | Unreadable {
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(source)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  const space = () => take(/\s*/y)
  const steps: Step[] = []
  for (space(); at < source.length; space()) {
    const name = take(/\w+/y)
    if (name === undefined) return { at: at + 1, wanted: 'the name of a pass' }
    const step: Step = { name, args: [] }
    steps.push(step)
    if (!take(/\(/y)) continue
    for (;;) {
      take(/[\s,]*/y)
      if (take(/\)/y)) break
      const argument = take(/\w+/y)
      if (argument === undefined)
        return { at: at + 1, wanted: 'the name of an argument, or a closing bracket' }
      if (!take(/=/y)) return { at: at + 1, wanted: 'an equals sign' }
      const quoted = take(/"(?:\\[\s\S]|[^"\\])*"/y)
      const value = quoted?.slice(1, -1) ?? take(/[A-Za-z0-9\-./_]+/y)
      if (value === undefined) return { at: at + 1, wanted: 'a value' }
      step.args.push({ name: argument, value })
    }
  }
  return steps
}

/** One step as it stands in the string. */
export function printStep({ name, args }: Step): string {
  if (args.length === 0) return name
  const words = args.map(
    arg => `${arg.name}=${/^[A-Za-z0-9\-./_]+$/.test(arg.value) ? arg.value : `"${arg.value}"`}`,
  )
  return `${name}(${words.join(', ')})`
}

/** The string that reads back as these steps. */
export const printSteps = (steps: readonly Step[]): string => steps.map(printStep).join(' ')
