import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { RunId } from '#contract'
import type { Store } from '../store/index.ts'
import { FILES } from './work.ts'

/** The work folder of a run; it is made where it is missing. */
export const folderOf = (store: Store, run: RunId): string => store.place('runs', run)

/** Where the checkpoint of a run lies, if there is one. */
export const checkpointOf = (store: Store, run: RunId): string =>
  join(store.folder, 'runs', run, FILES.checkpoint)

/** Encoded data can be made again from the version, so only the checkpoint stays. */
export function dropData(folder: string): void {
  for (const split of ['train', 'eval'] as const)
    for (const file of [FILES.features(split), FILES.labels(split)])
      rmSync(join(folder, file), { force: true })
}
