import { cpSync, existsSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Doors } from '../../jobs/index.ts'
import { copyDurably, ensureFolder, fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import type { SlicedSource, TransformRoom } from '../../transform/index.ts'
import type { Tracking } from '../mlflow/track.ts'
import type { Runs } from '../runs.ts'
import type { Bring } from './bring.ts'
import { openExporting } from './exportEvents.ts'
import { openHistograms } from './histograms.ts'
import { openImporting } from './import.ts'
import type { RunFiles } from './runFiles.ts'

type Verbs = 'import' | 'exportEvents' | 'track' | 'files' | 'save' | 'histograms' | 'spread'

/** What comes from elsewhere and goes there, at the door. */
export function openImportDoor({
  store,
  runs,
  dataset,
  transforms,
  bring,
  files,
  tracking,
}: {
  store: Store
  runs: Runs
  dataset: SlicedSource
  transforms: Pick<TransformRoom, 'resolve'>
  bring: Bring
  files: RunFiles
  tracking: Tracking
}): Pick<Doors['training'], Verbs> {
  const exportEvents = openExporting(store, files)
  const histograms = openHistograms(files)
  return {
    import: openImporting({ runs, dataset, transforms, bring, files }),
    exportEvents: ({ run, out }, job) => exportEvents(runs.get(run), out, job),
    track: tracking.track,
    files: async ({ run }) => ({
      files: files.list(runs.get(run).id).map(({ path, bytes }) => ({ path, bytes })),
    }),
    histograms: async ({ run, bins }) => histograms.list(runs.get(run).id, bins),
    spread: async ({ run, key, ...asked }) => histograms.spread(runs.get(run).id, key, asked),
    async save({ run, file, out }) {
      const { id } = runs.get(run)
      const place = resolve(out)
      if (file !== undefined) {
        const from = files.find(id, file)
        const to = existsSync(place) && isFolder(place) ? join(place, basename(file)) : place
        if (existsSync(to))
          throw fail('already-there', `${to} is there already.`, 'Choose another place, or remove it.')
        copyDurably(from, to)
        return { path: to, files: 1 }
      }
      const all = files.list(id)
      if (all.length === 0)
        throw fail('not-found', `${id} has no files.`, 'Files are kept of what a program of your own leaves.')
      for (const { path } of all) {
        const to = join(place, path)
        ensureFolder(dirname(to))
        cpSync(files.find(id, path), to)
      }
      return { path: place, files: all.length }
    },
  }
}

const isFolder = (path: string): boolean => statSync(path).isDirectory()
