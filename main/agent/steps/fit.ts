import type { Hash } from '#contract'
import { fail } from '../../engine/kit/index.ts'
import type { PlanVariant, PlanVersion, Profile } from '../../engine/release/index.ts'

/** A version takes this much more than its files while it is put together. */
const ASSEMBLY = 1.1
/** Bytes that stay free on the disk whatever comes. */
export const RESERVE = 16 << 20

/** Small models on small boxes differ by kilobytes. */
const mega = (bytes: number): string =>
  bytes < 1e6 ? `${Math.ceil(Math.max(0, bytes) / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`

/** What a device has left. */
export interface Room {
  /** Bytes of models it holds already. */
  held: number
  /** Bytes that are free on its disk. */
  free: number
}

/** Why a variant is none for this device, with the numbers; null where it fits. */
function objection({ variant, needs }: PlanVariant, profile: Profile): string | null {
  if (profile.variants && !profile.variants.includes(variant))
    return `${variant} is not among the variants it allows (${profile.variants.join(', ') || 'none'})`
  if (needs.memoryBytes > profile.memoryBytes)
    return `${variant} needs ${mega(needs.memoryBytes)} of memory and it allows ${mega(profile.memoryBytes)}`
  if (needs.diskBytes > profile.flashBytes)
    return `${variant} takes ${mega(needs.diskBytes)} of flash and it allows ${mega(profile.flashBytes)}`
  return null
}

/**
 * The variant of a version that a device takes: the first that its profile allows.
 * @throws Failure `does-not-fit` with the numbers of each
 */
export function variantFor(model: string, version: PlanVersion, profile: Profile): PlanVariant {
  const objections: string[] = []
  for (const variant of version.variants) {
    const against = objection(variant, profile)
    if (!against) return variant
    objections.push(against)
  }
  throw fail(
    'does-not-fit',
    `${model} v${version.version} does not fit this device (profile "${profile.name}", ${profile.threads} ${profile.threads === 1 ? 'thread' : 'threads'}): ${objections.join('; ')}. Nothing was fetched.`,
    'Publish a smaller variant, or allow more in the profile of the device.',
  )
}

/**
 * Whether there is room for a variant beside what is held.
 * @throws Failure `does-not-fit` for the flash that the profile allows, `disk-full` for the disk
 */
export function checkRoom(
  what: string,
  variant: PlanVariant,
  missing: number,
  profile: Profile,
  room: Room,
): void {
  if (room.held + variant.needs.diskBytes > profile.flashBytes)
    throw fail(
      'does-not-fit',
      `${what} takes ${mega(variant.needs.diskBytes)}, and of the ${mega(profile.flashBytes)} that the profile "${profile.name}" allows ${mega(profile.flashBytes - room.held)} are left.`,
      'Allow more in the profile of the device, or publish a smaller variant.',
    )
  const needed = missing * ASSEMBLY + RESERVE
  if (needed > room.free)
    throw fail(
      'disk-full',
      `${what} takes ${mega(needed)} with a reserve, and ${mega(room.free)} are free on this device.`,
      'Free some space; the device tries again by itself and goes on with the version it has.',
    )
}

/** @throws Failure `tampered` for what was called back or lies below the signed floor */
export function checkFloor(
  what: string,
  { manifest, counter }: { manifest: Hash; counter: number },
  { floor, revoked }: { floor: number; revoked: readonly Hash[] },
): void {
  if (revoked.includes(manifest))
    throw fail('tampered', `${what} was called back and must not run any more.`, 'Choose another version.')
  if (counter < floor)
    throw fail(
      'tampered',
      `${what} (release ${counter}) lies below the floor ${floor} that the publisher signed for this model.`,
      'Choose a newer version, or publish the wanted one again.',
    )
}

/** A version may take so many times as long as the one that answers; below so many milliseconds nobody notices. */
const SLOWER = 8
const NOTICED = 25

/**
 * Whether a version is fast enough beside the one that answers now, both as their rehearsals took on this device.
 * @throws Failure `does-not-fit` with the numbers
 */
export function checkPace(
  what: string,
  median: number,
  runs: { version: number; median: number | null } | null,
): void {
  if (!runs?.median || median <= NOTICED || median <= SLOWER * runs.median) return
  throw fail(
    'does-not-fit',
    `${what} takes ${median.toFixed(0)} ms for a row on this device, and v${runs.version} that answers takes ${runs.median.toFixed(1)} ms; at most ${SLOWER} times as long is allowed.`,
    `Publish a smaller variant; if it must be this one, raise the floor above v${runs.version}.`,
  )
}
