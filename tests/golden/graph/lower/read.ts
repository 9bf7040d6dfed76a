import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Graph, readGraphDef } from '../../../../main/engine/graph/index.ts'

/** A tensor that TensorFlow was given or has answered. */
export interface GoldenTensor {
  name: string
  dtype: string
  shape: number[]
  /** Base64 of the elements, little-endian. */
  data: string
}

/** A small graph, what TensorFlow computes with it, and what its converter makes of it; see make_lower.py. */
export interface Case {
  name: string
  graph: string
  inputs: GoldenTensor[]
  outputs: GoldenTensor[]
  /** Operators that TensorFlow's converter writes; null where it refuses the graph. */
  ops: string[] | null
}

export function readCases(): Case[] {
  return JSON.parse(gunzipSync(readFileSync(join(import.meta.dirname, 'cases.json.gz'))).toString())
}

export const graphOf = ({ graph, inputs, outputs }: Case): Graph =>
  readGraphDef(Buffer.from(graph, 'base64'), {
    inputs: inputs.map(input => input.name),
    outputs: outputs.map(output => output.name),
  })

const ARRAYS: Record<string, new (buffer: ArrayBuffer) => Float32Array | Int32Array | Uint8Array> = {
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
}

export function elementsOf({ data, dtype }: GoldenTensor): Float32Array | Int32Array | Uint8Array {
  const array = ARRAYS[dtype]
  if (!array) throw new Error(`No elements of type ${dtype}`)
  return new array(new Uint8Array(Buffer.from(data, 'base64')).buffer)
}
