import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { join } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import type { Failure } from '#contract'
import { type FailureError, fail, failureOf } from '../engine/kit/index.ts'
import { nodeTrouble, OLDEST_NODE } from './node.ts'
import type { Disk } from './ports.ts'

/** What state, metadata and records need beside any model, in bytes. */
const ROOM = 16 << 20

/** What a machine is asked before a device is entrusted to it; a test puts others in their place. */
export interface Abilities {
  version: string
  compress(bytes: Uint8Array, dictionary: Uint8Array): Uint8Array
  /** Whether a signature of our own kind holds, and one of something else does not. */
  signs(): boolean
}

const here: Abilities = {
  version: process.versions.node,
  compress: (bytes, dictionary) =>
    zstdCompressSync(bytes, {
      dictionary: Buffer.from(dictionary),
      params: { [constants.ZSTD_c_windowLog]: 21 },
    }),
  signs() {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const said = Buffer.from('edgewright')
    const signature = sign(null, said, privateKey)
    return (
      verify(null, said, publicKey, signature) &&
      !verify(null, Buffer.from('edgewrong'), publicKey, signature)
    )
  },
}

/**
 * Tries what a device relies on, before it starts: a machine that only seems to do it would lose a trust state or spoil
 * an update long after.
 * @returns what is wrong with the disk of a device that stands already: it answers with what it has, and installs nothing
 * @throws Failure `unsupported`, `disk-full`, `no-permission`, each with what to do
 */
export function selfTest(disk: Disk, folder: string, abilities: Partial<Abilities> = {}): Failure | null {
  const { version, compress, signs } = { ...here, ...abilities }
  const trouble = nodeTrouble(version)
  if (trouble) throw fail(trouble.code, trouble.message, trouble.remedy)
  checkDictionary(compress)
  if (!holds(signs))
    throw fail(
      'unsupported',
      'This Node.js does not check Ed25519 signatures properly, so that no release could be trusted.',
      'Install an official build of Node.js.',
    )
  try {
    checkDisk(disk, folder)
    return null
  } catch (error) {
    const stands = [0, 1].some(copy => disk.size(join(folder, `state.${copy}.json`)) !== null)
    if (!stands) throw error
    return failureOf(error)
  }
}

/** Node.js 24.0 takes the option and ignores it silently: patches made so would help nobody. */
function checkDictionary(compress: Abilities['compress']): void {
  const old = randomBytes(1 << 20)
  const next = Buffer.from(old)
  next[12_345] = ((next[12_345] as number) + 1) & 255
  if (holds(() => compress(next, old).length < 1000)) return
  throw fail(
    'unsupported',
    'This Node.js does not use the dictionary of Zstandard, so that updates could not travel as patches.',
    `Install Node.js ${OLDEST_NODE} or newer, an official build.`,
  )
}

function checkDisk(disk: Disk, folder: string): void {
  const free = disk.free(folder)
  if (free < ROOM)
    throw fail(
      'disk-full',
      `The disk of ${folder} has ${(free / 1e6).toFixed(1)} MB free, and the agent needs ${(ROOM / 1e6).toFixed(0)} MB beside its models.`,
      'Free some space, or name a state folder on another disk.',
    )
  const path = join(folder, '.self-test')
  try {
    const file = disk.open(path)
    try {
      file.write(Buffer.from('kept'), 0)
      file.sync()
    } finally {
      file.close()
    }
    disk.syncFolder(folder)
    disk.remove(path)
  } catch (cause) {
    throw notLasting(folder, cause)
  }
}

function notLasting(folder: string, cause: unknown): FailureError {
  const { code, message, remedy } = failureOf(cause)
  if (code !== 'internal') return fail(code, message, remedy, { cause })
  return fail(
    'unsupported',
    `Nothing can be written for good in ${folder}: a power cut could undo what was installed.`,
    'Name a state folder on a local disk, not on a network share.',
    { cause },
  )
}

const holds = (question: () => boolean): boolean => {
  try {
    return question()
  } catch {
    return false
  }
}
