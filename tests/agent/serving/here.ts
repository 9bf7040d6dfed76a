import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { VariantKind } from '#contract'
import { openServing, type ReleaseFiles, type ServingEvents } from '../../../main/agent/serving/index.ts'
import type { LabelSpec, TransformSpec } from '../../../main/engine/encoding/index.ts'
import { hashOf } from '../../../main/engine/kit/index.ts'
import { FORMAT, type Golden, type ModelFile, type Sample } from '../../../main/engine/release/index.ts'
import { scoresOf } from '../publishHere.ts'
import { folder, instance, tinyGraph, label as tinyLabel, transform as tinyTransform } from '../tinyModel.ts'

export const MODEL = 'Bolt inspector'

export interface It {
  version: number
  graph?: Uint8Array
  tflite?: Uint8Array
  transform?: TransformSpec
  label?: LabelSpec
  variant?: VariantKind
  golden?: Partial<Golden>
  /** Names of the graph's ends. */
  input?: string
  output?: string
}

/** A release on disk as the device keeps it. */
export function releaseHere(it: It): ReleaseFiles {
  const { version, transform = tinyTransform, label = tinyLabel, variant = 'float32' } = it
  const home = join(folder('edgewright-release-'), 'files')
  mkdirSync(home)
  const file: ModelFile = {
    format: FORMAT,
    model: MODEL,
    version,
    variant,
    task: label.task,
    label,
    inputs: [{ name: it.input ?? 'x', shape: [-1, transform.width] }],
    outputs: [{ name: it.output ?? 'out', shape: [-1, label.classes.length || 1] }],
    metrics: {},
    lineage: {
      run: 'run',
      trained: hashOf('a'),
      dataset: hashOf('b'),
      transform: hashOf('c'),
      variant: hashOf('d'),
      evaluation: null,
    },
  }
  const golden = {
    format: 'edgewright-golden/1',
    instances: [instance],
    scores: [scoresOf(version)],
    tolerance: 0.01,
    ...it.golden,
  }
  const content: Record<string, Uint8Array | string> = {
    'model.json': JSON.stringify(file),
    'transform.json': JSON.stringify(transform),
    'golden.json': JSON.stringify(golden),
    ...(it.tflite
      ? { 'model.tflite': it.tflite }
      : { 'graph.pb': it.graph ?? tinyGraph({ best: version % 3 }) }),
  }
  const files = Object.fromEntries(
    Object.entries(content).map(([name, bytes]) => {
      writeFileSync(join(home, name), bytes)
      return [name, join(home, name)]
    }),
  )
  return {
    model: MODEL,
    version,
    variant,
    manifest: hashOf(`${version} ${variant}`),
    needs: { runtime: it.tflite ? 'litert' : 'tfjs', diskBytes: 1, memoryBytes: 1 },
    files,
  }
}

/** Serving with what it told. */
export function servingHere(random?: () => number) {
  const answered = new Map<number, number>()
  const failed: [version: number, message: string][] = []
  const captured: Sample[] = []
  const events: ServingEvents = {
    answered: (_, version, rows) => void answered.set(version, (answered.get(version) ?? 0) + rows),
    failed: (_, version, failure) => void failed.push([version, failure.message]),
    captured: sample => void captured.push(sample),
  }
  return { serving: openServing(events, random ? { random } : {}), answered, failed, captured }
}

/** What is only compared is computed after the answer. */
export const compared = () => new Promise<void>(resolve => setImmediate(() => setImmediate(resolve)))

export const classesOf = (predictions: readonly object[]): (string | undefined)[] =>
  predictions.map(each => ('class' in each ? (each.class as string) : undefined))
