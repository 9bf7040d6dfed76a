import type { TargetSpec } from '#contract'
import { fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import type { Memory } from './target.ts'

interface Body {
  spec: TargetSpec
  /** What was kept about it from one time to the next. */
  memory: Record<string, string>
}

/** The table `targets`. */
export function openSaved({ db, readOnly }: Store) {
  const all = db.prepare('SELECT body FROM targets ORDER BY name')
  const one = db.prepare('SELECT body FROM targets WHERE name = ?')
  const write = db.prepare(
    'INSERT INTO targets (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body',
  )
  const drop = db.prepare('DELETE FROM targets WHERE name = ?')
  const parse = (row: unknown): Body => JSON.parse((row as { body: string }).body) as Body

  function find(name: string): Body | null {
    const row = one.get(name)
    return row ? parse(row) : null
  }

  function get(name: string): TargetSpec {
    const body = find(name)
    if (!body)
      throw fail(
        'not-found',
        `There is no target "${name}".`,
        '"training target list" shows those there are.',
      )
    return body.spec
  }

  return {
    list: (): TargetSpec[] => all.all().map(row => parse(row).spec),
    has: (name: string): boolean => find(name) !== null,
    get,
    put: (spec: TargetSpec): TargetSpec => {
      write.run(spec.name, JSON.stringify({ spec, memory: find(spec.name)?.memory ?? {} }))
      return spec
    },
    remove: (name: string): TargetSpec => {
      const spec = get(name)
      drop.run(name)
      return spec
    },
    memoryOf: (name: string): Memory => ({
      recall: key => find(name)?.memory[key] ?? null,
      keep: (key, value) => {
        const body = readOnly ? null : find(name)
        if (body) write.run(name, JSON.stringify({ ...body, memory: { ...body.memory, [key]: value } }))
      },
    }),
  }
}
