import type { Parts } from '../parts.ts'

/** Removes from the disk what no installed release needs and nothing under way. */
export function sweep({ keeper, lives, blobs }: Pick<Parts, 'keeper' | 'lives' | 'blobs'>): void {
  const kept = new Set<string>()
  if (keeper.state.plan) kept.add(keeper.state.plan)
  for (const { installed } of keeper.state.models)
    for (const { manifest, files } of installed) {
      kept.add(manifest)
      for (const { hash } of files) kept.add(hash)
    }
  const underWay = new Set(lives.names().flatMap(model => [...lives.of(model).underWay]))
  blobs.sweep(kept, underWay)
}
