import { type Contract, contract, inputOf, metaOf } from '#contract'

type Entry = Parameters<typeof metaOf>[0] & Parameters<typeof inputOf>[0]

/** One entry of the contract, as the palette and "Copy as command" need it. */
export interface EntryInfo {
  room: keyof Contract
  verb: string
  kind: 'call' | 'work' | 'watch'
  about: ReturnType<typeof metaOf>['about']
  entry: Entry
}

/** All entries, in the contract's order. */
export const entries: readonly EntryInfo[] = Object.entries(contract).flatMap(([room, verbs]) =>
  Object.entries(verbs).map(([verb, entry]) => ({
    room: room as keyof Contract,
    verb,
    kind: metaOf(entry as Entry).kind,
    about: metaOf(entry as Entry).about,
    entry: entry as Entry,
  })),
)

const kebab = (name: string): string => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

/** A word as a POSIX shell takes it. */
const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

const word = (value: unknown): string =>
  quoted(typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value))

/**
 * The command line that does the same: `edgewright dataset import strikes.csv --name strikes`. What equals the
 * contract's default is left out.
 */
export function commandOf(room: keyof Contract, verb: string, input: Record<string, unknown> = {}): string {
  const info = entries.find(entry => entry.room === room && entry.verb === verb)
  if (!info) throw new Error(`${room}.${verb} is not in the contract`)
  const positional = info.about.positional ?? []
  const shape = (inputOf(info.entry) as { shape?: Record<string, DefaultOf> }).shape ?? {}
  const words = ['edgewright', room, info.about.command ?? kebab(verb)]
  for (const name of positional)
    if (given(input[name])) words.push(...[input[name]].flat().map(each => word(each)))
  for (const [name, value] of Object.entries(input)) {
    if (positional.includes(name) || !given(value) || value === false || isDefault(shape[name], value))
      continue
    const flag = `--${kebab(name)}`
    if (value === true) words.push(flag)
    // The command line parts a list at its commas, unless it is JSON.
    else if (Array.isArray(value) && value.every(item => isPlain(item)))
      for (const item of value) words.push(flag, word(item))
    else words.push(flag, word(value))
  }
  return words.join(' ')
}

const isPlain = (item: unknown): boolean => typeof item !== 'object' && !/^\s*\[|,|^$/.test(String(item))

const given = (value: unknown): boolean => value !== undefined && value !== null

type DefaultOf = { safeParse(value: unknown): { success: boolean; data?: unknown } }

const isDefault = (schema: DefaultOf | undefined, value: unknown): boolean => {
  const read = schema?.safeParse(undefined)
  return !!read?.success && JSON.stringify(read.data) === JSON.stringify(value)
}
