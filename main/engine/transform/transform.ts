import type { DatasetVersion, Transform } from '#contract'
import { planOf } from '../encoding/index.ts'
import type { Doors } from '../jobs/index.ts'
import { canonicalJson, fail } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import { fitTo } from './fitTo.ts'
import { fittedFeature } from './fitted.ts'
import { openKept } from './kept.ts'
import { preview } from './preview.ts'
import type { RowSource } from './rowSource.ts'
import { suggest } from './suggest.ts'

/** Keeps what a person chose for the columns of a dataset, and shows what it does. */
export interface TransformRoom {
  door: Doors['transform']
  /** `prices` (the newest) or `prices@2`. @throws Failure `not-found` */
  resolve(ref: string): Transform
}

export function createTransform({ store, dataset }: { store: Store; dataset: RowSource }): TransformRoom {
  const kept = openKept(store)

  function known(version: DatasetVersion, name: string): void {
    if (!version.columns.some(column => column.name === name))
      throw fail(
        'bad-input',
        `${version.dataset} has no column "${name}".`,
        `Its columns are ${version.columns
          .slice(0, 20)
          .map(column => column.name)
          .join(', ')}${version.columns.length > 20 ? ', …' : ''}.`,
      )
  }

  return {
    resolve: kept.resolve,
    door: {
      list: async ({ dataset: name }) => {
        const byName = new Map<string, Transform[]>()
        for (const each of kept.all())
          if (name === undefined || each.dataset === name)
            byName.set(each.name, [...(byName.get(each.name) ?? []), each])
        return {
          transforms: [...byName].map(([name, versions]) => ({
            name,
            versions: versions.length,
            latest: versions.reduce((newest, each) => (each.number > newest.number ? each : newest)),
          })),
        }
      },
      show: async ({ name }) => {
        const transform = kept.resolve(name)
        return { transform, versions: kept.of(transform.name) }
      },
      save: async ({ name, dataset: ref, recipe }) => {
        const version = dataset.resolve(ref)
        // What cannot be fitted is refused while the person is still at it.
        planOf(recipe, version.columns)
        return kept.save(name, version.dataset, recipe)
      },
      remove: async ({ name }) => ({ removed: kept.remove(name) }),
      suggest: async ({ dataset: ref, label }, { signal }) => {
        const version = dataset.resolve(ref)
        if (label !== undefined) known(version, label)
        return await suggest(dataset, version, label, signal)
      },
      preview: async ({ dataset: ref, feature, rows }, { signal }) =>
        await preview(dataset, dataset.resolve(ref), feature, rows, signal),
      fit: async ({ transform: ref, dataset: data, without }, job) => {
        const transform = kept.resolve(ref)
        const version = dataset.resolve(data ?? transform.dataset)
        for (const name of without) known(version, name)
        let read = 0
        const { spec, rows } = await fitTo(dataset, version, transform.recipe, new Set(without), {
          // As training does: its trainers have no embedding.
          embeds: false,
          signal: job.signal,
          came: rows => {
            read += rows
            job.progress(Math.min(1, read / Math.max(1, version.splits.train)), 'reading the data')
          },
        })
        if (spec.features.length === 0)
          throw fail(
            'empty-data',
            `Nothing is left of ${version.dataset}: ${spec.leftOut.map(({ name, reason }) => `"${name}" (${reason})`).join(', ')}.`,
            'Keep more columns.',
          )
        job.uses(version.id)
        const id = store.blobs.put(canonicalJson(spec))
        job.makes({
          id,
          kind: 'transform',
          title: `${transform.name} v${transform.number} of ${version.dataset} v${version.number}`,
        })
        return {
          id,
          transform,
          version: version.id,
          rows,
          width: spec.width,
          features: spec.features.map(fittedFeature),
          leftOut: spec.leftOut,
        }
      },
    },
  }
}
