import { hostname } from 'node:os'
import { join } from 'node:path'
import { nodeDisk, writeDurably } from './disk/index.ts'

const FILE = 'name'
const LONGEST = 80

/**
 * What people call a device: as it is called now, else as it was called before, else as its machine is. What is given is
 * kept in its state folder, so that a stick that is taken in later says the same name.
 * @param folder the state folder
 */
export function nameOf(folder: string, given: string | undefined): string {
  const path = join(folder, FILE)
  const kept = Buffer.from(nodeDisk.read(path) ?? []).toString('utf8')
  const wanted = given?.trim().slice(0, LONGEST)
  if (wanted && wanted !== kept) writeDurably(nodeDisk, path, wanted)
  return wanted || kept.trim().slice(0, LONGEST) || hostname().slice(0, LONGEST) || 'device'
}
