import { seeded } from '../../../../main/engine/kit/index.ts'

/** Bytes that no compression makes shorter, the same for one seed. */
export function noise(length: number, seed: number): Uint8Array {
  const random = seeded(seed)
  return Uint8Array.from({ length }, () => Math.floor(random() * 256))
}
