import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashOf } from '../../../main/engine/kit/index.ts'
import {
  type Keyring,
  type Lane,
  memorySink,
  memoryStore,
  openKeyring,
  openSiteWriter,
  openTrustClient,
  type SiteWriter,
  type TrustClient,
  type TrustClientOptions,
  type TrustedTarget,
} from '../../../main/engine/trust/index.ts'

export const DAY = 86_400_000
export const START = Date.UTC(2026, 10, 22, 12)

export const scratch = (): string => mkdtempSync(join(tmpdir(), 'trust-'))

export const newRing = (): Promise<Keyring> => openKeyring(join(scratch(), 'keys'))

export const targetOf = (
  path: string,
  content: string,
  custom: Record<string, unknown> = {},
): TrustedTarget => ({
  path,
  hash: hashOf(content),
  bytes: Buffer.byteLength(content),
  custom,
})

export const planOf = (content: string) => [
  { role: 'site' as const, targets: [targetOf('site/plan', content)] },
]

/** A publisher, its repository in memory, and a clock that a test sets. */
export interface Stand {
  keyring: Keyring
  sink: ReturnType<typeof memorySink>
  writer: SiteWriter
  clock: { now: number }
  /** A device that sees this repository, or another one. */
  device(options?: Partial<TrustClientOptions>): TrustClient
  /** The repository as it is now, for an attacker to bring back later. */
  copy(): ReturnType<typeof memorySink>
}

export async function openStand(
  options: { keyring?: Keyring; site?: string; lane?: Lane } = {},
): Promise<Stand> {
  const { site = 'mill', lane = 'online' } = options
  const keyring = options.keyring ?? (await newRing())
  const sink = memorySink()
  const clock = { now: START }
  const now = () => clock.now
  return {
    keyring,
    sink,
    clock,
    writer: openSiteWriter({ sink, keyring, site, lane, now }),
    device: more =>
      openTrustClient({
        store: memoryStore(),
        source: sink,
        roots: { kind: 'first-use' },
        place: { site, lane },
        now,
        ...more,
      }),
    copy() {
      const copy = memorySink()
      for (const [name, bytes] of sink.files) copy.files.set(name, bytes)
      return copy
    },
  }
}

/** What goes wrong, as a person would read it. */
export async function failing(
  run: Promise<unknown>,
): Promise<{ code: string; message: string; remedy: string }> {
  try {
    await run
  } catch (error) {
    const { failure } = error as { failure?: { code: string; message: string; remedy: string } }
    if (!failure) throw error
    return failure
  }
  throw new Error('It went well, and should not have')
}
