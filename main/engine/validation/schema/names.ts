import { fail } from '../../kit/index.ts'
import type { Schema } from '../../metadata/index.ts'

/** @throws Failure bad-input where a feature is named twice */
export function checkNames(schema: Schema): void {
  const seen = new Set<string>()
  for (const { name } of schema.feature) {
    if (seen.has(name))
      throw fail('bad-input', `The schema names "${name}" twice.`, 'Keep one of the two features.')
    seen.add(name)
  }
}
