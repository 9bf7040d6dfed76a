import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { z } from 'zod'
import { VariantKind } from '#contract'
import { fail } from '../engine/kit/index.ts'
import type { Profile } from '../engine/release/index.ts'

const UNITS: Record<string, number> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
}

/** A number of bytes, or one with a unit: `64 MB`, `512MiB`. */
const Bytes = z.union(
  [
    z.int().min(0),
    z.string().transform((text, context) => {
      const [, number, unit] = /^\s*([\d.]+)\s*([a-z]*)\s*$/i.exec(text) ?? []
      const size = Number(number) * (UNITS[(unit ?? '').toLowerCase()] ?? Number.NaN)
      if (Number.isFinite(size)) return Math.floor(size)
      context.addIssue({ code: 'custom', message: `"${text}" is no number of bytes, like "64 MB"` })
      return z.NEVER
    }),
  ],
  'it is no number of bytes, like "64 MB"',
)

const File = z.strictObject({
  name: z.string().min(1).max(80).optional(),
  threads: z.int().min(1).optional(),
  memoryBytes: Bytes.optional(),
  flashBytes: Bytes.optional(),
  variants: z.array(VariantKind).nullable().optional(),
})

/** What this machine allows where nobody says otherwise. */
const ofThisMachine = (): Profile => ({
  name: 'this machine',
  threads: availableParallelism(),
  memoryBytes: totalmem(),
  flashBytes: Number.MAX_SAFE_INTEGER,
  variants: null,
})

/**
 * Reads what a device lets a model take: a JSON file with any of `name`, `threads`, `memoryBytes`, `flashBytes` (numbers,
 * or texts like "64 MB") and `variants` (a list of names). What it leaves out is as this machine has it.
 * @throws Failure `bad-input` that names the field, `not-found`
 */
export function openProfile(file: string | undefined): Profile {
  if (file === undefined) return ofThisMachine()
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw fail('not-found', `There is no profile ${file}.`, 'Check the path.', { cause })
  }
  const wrong = (why: string) =>
    fail(
      'bad-input',
      `The profile ${file} cannot be used: ${why}.`,
      'Write it like {"name": "box", "threads": 2, "memoryBytes": "64 MB", "flashBytes": "16 MB", "variants": ["dynamic-range"]}.',
    )
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    throw wrong('it is not JSON')
  }
  const parsed = File.safeParse(read)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw wrong(
      `${issue?.path.join('.') ? `"${issue.path.join('.')}": ` : ''}${issue?.message ?? 'it has another form'}`,
    )
  }
  const given = Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined))
  return { ...ofThisMachine(), name: 'profile', ...given }
}
