import { join } from 'node:path'
import type { Hash } from '#contract'
import { writeDurably } from '../disk/index.ts'
import type { Disk } from '../ports.ts'

const LINE = /^([0-9a-f]{64}) (.{1,200})$/

/**
 * The file `current`: a line a model, the digest of the manifest that runs and the model's name. It changes only when a
 * version has proved itself, and is what a device runs when all else of its state is lost.
 */
export function readPointer(disk: Disk, folder: string): Map<string, Hash> {
  const text = Buffer.from(disk.read(join(folder, 'current')) ?? []).toString('utf8')
  return new Map(
    text.split('\n').flatMap(line => {
      const [, hash, model] = LINE.exec(line) ?? []
      return hash && model ? [[model, hash as Hash] as const] : []
    }),
  )
}

/** Writes it where it differs. */
export function writePointer(disk: Disk, folder: string, runs: ReadonlyMap<string, Hash>): void {
  const text = [...runs].map(([model, hash]) => `${hash} ${model}\n`).join('')
  if (Buffer.from(disk.read(join(folder, 'current')) ?? []).toString('utf8') !== text)
    writeDurably(disk, join(folder, 'current'), text)
}
