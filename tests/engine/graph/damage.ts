import fc from 'fast-check'
import { failureOf } from './build.ts'

/** A file cut off, with bits turned, or with stretches written over. */
export const damagedBytes = (whole: Uint8Array): fc.Arbitrary<Uint8Array> => {
  const place = fc.nat({ max: Math.max(0, whole.length - 1) })
  const changed = (change: (bytes: Uint8Array) => void) => {
    const bytes = Uint8Array.from(whole)
    change(bytes)
    return bytes
  }
  return fc.oneof(
    place.map(end => whole.slice(0, end)),
    fc.array(fc.tuple(place, fc.nat({ max: 7 })), { minLength: 1, maxLength: 4 }).map(turned =>
      changed(bytes => {
        for (const [at, bit] of turned) bytes[at] = (bytes[at] as number) ^ (1 << bit)
      }),
    ),
    fc
      .tuple(place, fc.uint8Array({ minLength: 1, maxLength: 20 }))
      .map(([at, over]) => changed(bytes => bytes.set(over.subarray(0, bytes.length - at), at))),
    fc
      .tuple(place, fc.nat({ max: 20 }))
      .map(([at, length]) => changed(bytes => bytes.fill(255, at, at + length))),
  )
}

/** The failure that something ends in, sooner or later; an error if it ends well or in another way. */
export async function failing(act: () => Promise<unknown>): Promise<ReturnType<typeof failureOf>> {
  let thrown: unknown
  try {
    await act()
  } catch (error) {
    thrown = error
  }
  return failureOf(() => {
    if (thrown !== undefined) throw thrown
  })
}
