import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Hash, VariantSettings } from '#contract'
import {
  type Graph,
  type LiteModel,
  saveCArray,
  saveGraphDef,
  saveTflite,
  withLowestVersions,
  writeTfjsGraph,
} from '../graph/index.ts'
import type { JobContext } from '../jobs/index.ts'
import { copyDurably, ensureFolder } from '../kit/index.ts'
import type { Store } from '../store/index.ts'

/** A model to be written, in one of the forms it is held in here. */
export type Written = { graph: Graph } | { lite: LiteModel }

/** The files of a variant in the workspace: the one whose hash is its id, and how to write it elsewhere. */
export interface KeptFile {
  id: Hash
  bytes: number
  /** Writes it to where a person wants it; a model of several files becomes a folder. */
  writeTo(out: string): Promise<void>
}

/** Keeps a model as a blob: what runs it is the TFLite file or the GraphDef, whatever it is written out as. */
export async function keepFile(
  store: Store,
  written: Written,
  to: VariantSettings['to'],
  quantize: VariantSettings['quantize'],
  job: JobContext,
): Promise<KeptFile> {
  const folder = ensureFolder(store.place('tmp', `variant-${job.id}`))
  try {
    const file = join(folder, 'model')
    if ('lite' in written) await saveTflite(withLowestVersions(written.lite), file)
    else await saveGraphDef(written.graph, file)
    const { hash, bytes } = await store.blobs.putFile(file, { move: true, signal: job.signal })
    const blob = store.blobs.path(hash)
    return {
      id: hash,
      bytes,
      async writeTo(out) {
        if (to === 'tfjs' && 'graph' in written)
          await writeTfjsGraph(
            written.graph,
            out,
            quantize === 'none' ? {} : { quantize: TFJS[quantize] ?? 'uint8' },
          )
        else if (to === 'c') await saveCArray(blob, out)
        else copyDurably(blob, out)
      },
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const TFJS: Partial<Record<VariantSettings['quantize'], 'float16' | 'uint8'>> = {
  float16: 'float16',
  dynamic: 'uint8',
}
