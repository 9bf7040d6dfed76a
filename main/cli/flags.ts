import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'
import type { About } from '#contract'

/** The part of JSON Schema that the contract's inputs use. */
interface Property {
  type?: string
  enum?: unknown[]
  default?: unknown
  items?: Property
  anyOf?: Property[]
  description?: string
  /** What may stand behind its number. */
  unit?: string
}

interface Field {
  name: string
  flag: string
  property: Property
  required: boolean
}

/** A field's name as a flag writes it. */
export const kebab = (name: string) => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

/** How the command line says a verb of a room: its own words, else the verb's name. */
export const commandWords = (verb: string, about: About): string => about.command ?? kebab(verb)

/** The fields of an input, as the command line sees them. */
export function fieldsOf(input: z.ZodType): Field[] {
  const schema = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, Property>
    required?: string[]
  }
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    flag: kebab(name),
    property,
    required: schema.required?.includes(name) ?? false,
  }))
}

const numberOf = (unit: string) => (text: string) =>
  number(text.endsWith(unit) ? text.slice(0, text.length - unit.length) : text)

function number(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.')
  return value
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('It must be JSON.')
  }
}

/** A JSON list, where the text is one. */
function listed(text: string): unknown[] | null {
  if (!text.trimStart().startsWith('[')) return null
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

/**
 * How a flag's text becomes a value. Lists are written with commas, or the flag is given again; a list whose items hold
 * commas themselves is written as JSON.
 */
function reader(property: Property): ((text: string, before: unknown) => unknown) | undefined {
  if (property.type === 'number' || property.type === 'integer') return numberOf(property.unit ?? '')
  if (property.type === 'array') {
    const { type } = property.items ?? {}
    if (type !== 'string' && type !== 'number' && type !== 'integer') return json
    return (text, before) => {
      const list = listed(text)
      if (list) return [...((before as unknown[]) ?? []), ...list]
      const items = text.split(',').filter(item => item !== '')
      return [...((before as unknown[]) ?? []), ...(type === 'string' ? items : items.map(number))]
    }
  }
  // One text or several: the flag may be given again, and commas belong to the text.
  if (property.anyOf?.some(({ type }) => type === 'array') && property.anyOf.some(isText))
    return (text, before) => (before === undefined ? text : [before, text].flat())
  return property.type === 'object' ? json : undefined
}

const isText = ({ type }: Property) => type === 'string'

/** The last positional field, where it is a list: all words that are left belong to it. */
function manyOf(fields: Field[], { positional }: About): string | undefined {
  const last = positional?.at(-1)
  return fields.find(({ name }) => name === last)?.property.type === 'array' ? last : undefined
}

/** Gives a command one flag for each field of an input; positional fields also stand without their flag. */
export function addFlags(command: Command, fields: Field[], about: About): void {
  const many = manyOf(fields, about)
  for (const name of about.positional ?? [])
    command.argument(name === many ? `[${kebab(name)}...]` : `[${kebab(name)}]`)
  for (const { flag, property, required, name } of fields) {
    const isSwitch = property.type === 'boolean'
    const words = [
      property.description,
      property.enum ? `one of ${property.enum.join(', ')}` : undefined,
      property.default !== undefined && !isSwitch ? `default ${JSON.stringify(property.default)}` : undefined,
      required && !about.positional?.includes(name) ? 'required' : undefined,
    ]
    // What is on by default has a switch that turns it off: --no-shape.
    const isOn = isSwitch && property.default === true
    const option = new Option(
      isSwitch
        ? `--${isOn ? 'no-' : ''}${flag}`
        : `--${flag} <${property.type === 'array' ? `${flag},…` : flag}>`,
      words.filter(Boolean).join('; '),
    )
    const read = reader(property)
    if (read) option.argParser(read)
    command.addOption(option)
  }
}

/** Words with `--switch=true` as `--switch`, and `--switch=false` left out: other tools' command lines say it so. */
export function withPlainSwitches(words: string[], fields: Field[]): string[] {
  const switches = new Set(
    fields.flatMap(({ flag, property }) => (property.type === 'boolean' ? [flag] : [])),
  )
  return words.flatMap(word => {
    const [, flag = '', value] = /^--([\w-]+)=(true|false)$/.exec(word) ?? []
    if (!switches.has(flag)) return [word]
    return value === 'true' ? [`--${flag}`] : []
  })
}

/** A path as it is from anywhere; what is none stays as it is. */
function absolute(value: unknown, use: string): unknown {
  // No path is empty; as one it would be the folder that the person stands in.
  if (typeof value !== 'string' || value === '' || /^[a-z]+:\/\//i.test(value)) return value
  const isPath = use === 'always' || (use === 'named' && /[^\w-]/.test(value))
  return isPath || existsSync(value) ? resolve(value) : value
}

/** The input that a person meant, from flags and positional words. Paths become absolute: the engine may run elsewhere. */
export function inputFrom(
  fields: Field[],
  about: About,
  options: Record<string, unknown>,
  words: (string | string[] | undefined)[],
): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  for (const { name } of fields) if (options[name] !== undefined) input[name] = options[name]
  about.positional?.forEach((name, i) => {
    const word = words[i]
    if (Array.isArray(word)) {
      // A comma may be part of a path.
      const parts = about.paths?.[name] ? word : word.flatMap(each => each.split(','))
      if (word.length > 0) input[name] ??= parts.filter(each => each !== '')
    } else if (word !== undefined) input[name] ??= word
  })
  for (const [name, use] of Object.entries(about.paths ?? {})) {
    const value = input[name]
    if (Array.isArray(value)) input[name] = value.map(each => absolute(each, use))
    else if (value !== undefined) input[name] = absolute(value, use)
  }
  return input
}
