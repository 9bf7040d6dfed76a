import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { contract, inputOf, metaOf } from '#contract'
import { fieldsOf, inputFrom } from '../../main/cli/flags.ts'

const entries = Object.entries(contract).flatMap(([room, verbs]) =>
  Object.entries(verbs).map(([verb, entry]) => ({ name: `${room}.${verb}`, entry: entry as never })),
)

describe.each(entries)('$name', ({ entry }) => {
  const { kind, about, result } = metaOf(entry)
  const input = inputOf(entry)
  const fields = fieldsOf(input).map(field => field.name)

  test('says what it is in words a person would use', () => {
    expect(about.title).toMatch(/^[A-Z][a-z]+ [^.]*[^.]$/)
    expect(about.icon).toMatch(/^[a-z0-9-]+$/)
    if (about.undo) expect(about.undo).toMatch(/^[A-Z]/)
    if (kind === 'work') expect(about.cancel).toMatch(/^[A-Z].*\.$/)
  })

  test('says how it can be taken back, that it is final, or that it only reads', () => {
    // Long work makes artifacts beside the old ones, so that there is nothing to take back.
    if (kind === 'call')
      expect(Boolean(about.reads || about.undo || about.final || about.title.includes('again'))).toBe(true)
    if (kind === 'watch') expect(about.reads).toBe(true)
  })

  test('can be written as a command: every field a flag, its words and paths fields of it', () => {
    expect(new Set(fields).size).toBe(fields.length)
    expect(fields).not.toContain('workspace')
    expect(fields).not.toContain('json')
    for (const name of about.positional ?? []) expect(fields).toContain(name)
    for (const name of Object.keys(about.paths ?? {})) expect(fields).toContain(name)
    const words = (about.positional ?? []).map(name => `a ${name}`)
    const read = inputFrom(fieldsOf(input), { ...about, paths: {} }, {}, words)
    expect(Object.keys(read)).toEqual(about.positional ?? [])
  })

  test('has an answer that can be written as JSON', () => {
    expect(() => z.toJSONSchema(result, { io: 'output', unrepresentable: 'any' })).not.toThrow()
  })
})

test('the commands that others use as they are written exist', () => {
  const names = entries.map(each => each.name)
  for (const name of [
    ...['dataset.import', 'dataset.list', 'dataset.show', 'dataset.rows', 'statistics.compute'],
    ...['training.start', 'training.list', 'training.show', 'evaluation.run', 'optimization.freeze'],
    ...['registry.list', 'registry.show', 'registry.alias', 'publishing.publish'],
    ...['jobs.list', 'jobs.cancel', 'jobs.logs'],
  ])
    expect(names).toContain(name)
})
