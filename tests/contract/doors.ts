import { contract } from '#contract'
import type { Doors } from '../../main/engine/jobs/index.ts'
import { fail } from '../../main/engine/kit/index.ts'

type Given = { [Room in keyof Doors]?: Partial<Doors[Room]> }

/** Doors for a test: the given handlers, and for every other verb one that says it is not part of the test. */
export function doorsOf(given: Given): Doors {
  const doors: Record<string, Record<string, unknown>> = {}
  for (const [room, entries] of Object.entries(contract)) {
    doors[room] = {}
    for (const verb of Object.keys(entries))
      doors[room][verb] =
        (given as Record<string, Record<string, unknown>>)[room]?.[verb] ??
        (async () => {
          throw fail('unsupported', `${room}.${verb} is not part of this test.`, 'Give it a handler.')
        })
  }
  return doors as unknown as Doors
}
