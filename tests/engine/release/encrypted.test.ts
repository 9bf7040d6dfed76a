import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  encryptContent,
  newIdentity,
  openContent,
  openParts,
  recipientOf,
} from '../../../main/engine/release/index.ts'
import { noise } from './delta/noise.ts'
import { collected } from './delta/parts.ts'
import { folderHere, saysOf } from './repositoryHere.ts'

/** The content cut at these places. */
const cutAt = (content: Uint8Array, places: readonly number[]) =>
  [0, ...places.toSorted((a, b) => a - b), content.length].flatMap((at, i, all) =>
    i === 0 ? [] : [content.subarray(all[i - 1], at)],
  )

test('what is encrypted for a site opens in whatever parts it comes, and only whole', async () => {
  const identity = await newIdentity()
  const recipient = await recipientOf(identity)
  await fc.assert(
    fc.asyncProperty(fc.nat(200), fc.array(fc.nat(228), { maxLength: 6 }), async (bytes, places) => {
      const plain = noise(bytes, 1)
      const { content, key } = await encryptContent(plain, recipient)
      const sealed = content as Uint8Array
      expect(sealed).toHaveLength(bytes + 28)
      const cuts = places.map(place => place % (sealed.length + 1))
      expect((await collected(openParts(cutAt(sealed, cuts), key, identity))).equals(plain)).toBe(true)
      const short = cutAt(sealed, cuts).slice(0, -1)
      if (Buffer.concat(short).length < sealed.length)
        expect(await saysOf(collected(openParts(short, key, identity)))).toBe('tampered')
    }),
    { numRuns: 20 },
  )
})

test('a file is encrypted without being in memory, and opens as the same bytes do', async () => {
  const identity = await newIdentity()
  const recipient = await recipientOf(identity)
  const folder = folderHere()
  const plain = noise(3_000_001, 2)
  writeFileSync(join(folder, 'plain'), plain)
  const { content, key } = await encryptContent({ path: join(folder, 'plain') }, recipient, folder)
  const sealed = readFileSync((content as { path: string }).path)
  expect(Buffer.compare(await openContent(sealed, key, identity), plain)).toBe(0)
  sealed[sealed.length >> 1] = (sealed[sealed.length >> 1] as number) ^ 1
  expect(await saysOf(openContent(sealed, key, identity))).toBe('tampered')
  expect(await saysOf(openContent(sealed, key, await newIdentity()))).toBe('no-permission')
})
