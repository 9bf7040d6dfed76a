import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Hash, VariantSettings } from '#contract'
import {
  type Graph,
  type LiteModel,
  openModel,
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
  /** Of what a person gets: of a TensorFlow.js model all its files, of an array in C the model in it. */
  bytes: number
  /**
   * Writes it to where a person wants it; a model of several files becomes a folder.
   * @returns the path that was written, which for C may have another ending
   */
  writeTo(out: string): Promise<string>
}

type How = Pick<VariantSettings, 'to' | 'quantize'>

/** A folder for unfinished files while they are made. */
async function inFolder<T>(store: Store, job: JobContext, make: (folder: string) => Promise<T>): Promise<T> {
  const folder = ensureFolder(store.place('tmp', `variant-${job.id}`))
  try {
    return await make(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Keeps a model as a blob: what runs it is the TFLite file or the GraphDef, whatever it is written out as. */
export const keepFile = (store: Store, written: Written, how: How, job: JobContext): Promise<KeptFile> =>
  inFolder(store, job, async folder => {
    const file = join(folder, 'model')
    let bytes: number | undefined
    if ('lite' in written) await saveTflite(withLowestVersions(written.lite), file)
    else if (how.to === 'tfjs') {
      // What is kept computes with the weights as they come out of the written files.
      bytes = await writeTfjsGraph(written.graph, join(folder, 'tfjs'), packed(how))
      await saveGraphDef((await openModel(join(folder, 'tfjs'))).graph, file)
    } else await saveGraphDef(written.graph, file)
    const kept = await store.blobs.putFile(file, { move: true, signal: job.signal })
    const blob = store.blobs.path(kept.hash)
    return {
      id: kept.hash,
      bytes: bytes ?? kept.bytes,
      async writeTo(out) {
        if (how.to === 'tfjs' && 'graph' in written) await writeTfjsGraph(written.graph, out, packed(how))
        else if (how.to === 'c') return (await saveCArray(blob, out)).source
        else copyDurably(blob, out)
        return out
      },
    }
  })

/** Bytes that a model takes in a form, without keeping it. */
export const sizeIn = (store: Store, written: Written, to: How['to'], job: JobContext): Promise<number> =>
  inFolder(store, job, async folder => {
    const file = join(folder, 'model')
    if ('lite' in written) await saveTflite(withLowestVersions(written.lite), file)
    else if (to === 'tfjs') return writeTfjsGraph(written.graph, join(folder, 'tfjs'))
    else await saveGraphDef(written.graph, file)
    return statSync(file).size
  })

const packed = ({ quantize }: How): { quantize?: 'float16' | 'uint8' } =>
  quantize === 'none' ? {} : { quantize: quantize === 'float16' ? 'float16' : 'uint8' }
