import { dirname, join } from 'node:path'
import { fail } from '../../engine/kit/index.ts'
import { pathOfPlace } from '../../engine/release/index.ts'
import type { Core } from '../core.ts'
import { nodeDisk, writeDurably } from '../disk/index.ts'

/** Writes a file of the stick: whole or not at all, its folder made where it is missing. */
export function putOnStick(path: string, content: Uint8Array | string): void {
  nodeDisk.ensureFolder(dirname(path))
  writeDurably(nodeDisk, path, content, null)
}

/**
 * Writes what waits for the publisher into a folder: `return/<id>-<number>.edgeback`, and `enrol-<id>.req` while the
 * device is not approved. What is there already is left as it is.
 * @param request the signed report of the device
 * @returns paths below the folder
 * @throws Failure `not-found` where there is nothing to write, and those of the disk
 */
export async function exportTo(core: Core, folder: string, request: () => string): Promise<string[]> {
  const { parts, outbox } = core
  const { id } = parts.identity
  const files: string[] = []
  if (!core.isEnrolled()) {
    files.push(`enrol-${id}.req`)
    putOnStick(join(folder, `enrol-${id}.req`), request())
  }
  const plan = parts.plan()
  if (plan) {
    core.tally()
    await outbox.seal(plan.site, plan.recipient)
  }
  for (const sequence of outbox.waiting()) {
    const content = outbox.read(sequence)
    if (!content) continue
    const path = pathOfPlace({ kind: 'batch', device: id, sequence })
    files.push(path)
    if (nodeDisk.size(join(folder, path)) !== content.length) putOnStick(join(folder, path), content)
  }
  if (files.length === 0)
    throw fail(
      'not-found',
      'Nothing waits to be taken back from this device.',
      'The publisher has all of it.',
    )
  return files
}
