import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Context } from 'hono'
import type { Hash } from '#contract'
import { fail, hashFile, moveDurably } from '../../kit/index.ts'
import { pathOfPlace, placeOfPath } from '../../release/index.ts'
import type { CheckBatch } from './checkBatch.ts'
import { takeFile } from './takeFile.ts'

/** What waits here until a publisher takes it in. */
export interface Quota {
  /** Bytes of one batch, of all batches of one device, and of all devices. */
  batch: number
  device: number
  all: number
  /** Batches of one device. */
  batches: number
}
export const QUOTA: Quota = { batch: 64 << 20, device: 512 << 20, all: 8 * 2 ** 30, batches: 1000 }

/**
 * Takes a sealed batch of a device. The same one twice is one; another under the same number is refused.
 * @returns its hash, and whether it was new
 * @throws Failure `bad-input` for a wrong name or an empty batch, `already-there`, `disk-full` where enough waits here
 */
export async function takeBatch(
  folder: string,
  quota: Quota,
  c: Context,
  check: CheckBatch,
): Promise<{ hash: Hash; isNew: boolean }> {
  const device = c.req.query('device') ?? ''
  const said = c.req.query('sequence') ?? ''
  const name = pathOfPlace({ kind: 'batch', device, sequence: Number(said) })
  if (!/^[1-9]\d{0,11}$/.test(said) || placeOfPath(name)?.kind !== 'batch')
    throw fail('bad-input', 'A report names the device it is of and its number.', 'Send it with Edgewright.')
  const path = join(folder, name)
  const waiting = waitingIn(dirname(path))
  return await takeFile(c, path, quota.batch, async (part, hash, bytes) => {
    if (bytes === 0) throw fail('bad-input', 'The report is empty.', 'Send it again.')
    if (statSync(path, { throwIfNoEntry: false })) {
      if ((await hashFile(path)) === hash) return { hash, isNew: false }
      throw fail('already-there', 'Another report of this device has this number.', '')
    }
    const own = waiting.filter(each => each.device === device)
    const sum = (of: typeof waiting) => of.reduce((all, each) => all + each.bytes, 0)
    if (own.length >= quota.batches || sum(own) + bytes > quota.device || sum(waiting) + bytes > quota.all)
      throw fail(
        'disk-full',
        'No more reports are taken before those that wait were read.',
        'Receive them in the window or with "publishing receive"; the device keeps its own until then.',
      )
    await check({ device, sequence: Number(said) }, readFileSync(part))
    await moveDurably(part, path)
    return { hash, isNew: true }
  })
}

function waitingIn(folder: string): { device: string; bytes: number }[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return []
  }
  return names.flatMap(name => {
    const place = placeOfPath(`return/${name}`)
    const found = place && statSync(join(folder, name), { throwIfNoEntry: false })
    return place?.kind === 'batch' && found ? [{ device: place.device, bytes: found.size }] : []
  })
}
