import { writeFile } from 'node:fs/promises'
import type { Cell, Run, WhatIf } from '#contract'
import {
  decodePrediction,
  encodeInstances,
  historyOf,
  inputsOf,
  outputWidth,
  probabilitiesOf,
} from '../../encoding/index.ts'
import type { JobContext } from '../../jobs/index.ts'
import { fail } from '../../kit/index.ts'
import { type Form, type TrainingRoom, trainedRun } from '../../training/index.ts'
import type { SliceSource } from '../slices/index.ts'

type Instance = Record<string, Cell>

/**
 * Asks a run's model rows that a person wrote or edited. Edits are laid over the row of that number, where one is given.
 * @throws Failure bad-input for values that the transform does not take, not-found for a row that is not there
 */
export async function whatIf(
  any: Run,
  form: Form,
  { row, rows }: { row?: number | undefined; rows: Instance[] },
  job: JobContext,
  { dataset, training }: { dataset: SliceSource; training: TrainingRoom },
): Promise<{ label: string; answers: WhatIf[]; unused: string[] }> {
  const { transform, label } = await training.model(any)
  if (historyOf(transform))
    throw fail(
      'unsupported',
      'The model looks at earlier rows too, so a single row cannot be asked.',
      'Ask a run whose transform has no windows over time.',
    )
  const names = inputsOf(transform).map(({ name }) => name)
  const original = row === undefined ? null : await rowOf(dataset, trainedRun(any), names, row, job.signal)
  const unused = [...new Set(rows.flatMap(Object.keys))].filter(name => !names.includes(name))
  const blank = Object.fromEntries(names.map((name): [string, Cell] => [name, null]))
  const instances = [
    ...(original ? [original] : []),
    ...rows.map(edits => ({ ...blank, ...original, ...known(edits) })),
  ]
  if (!instances.length)
    throw fail('bad-input', 'There is no row to ask.', 'Give --row, or --rows with values by column.')
  const features = encodeInstances(transform, instances)
  const outputs = await training.predictFeatures(
    any,
    form,
    async file => {
      await writeFile(file, new Uint8Array(features.buffer, features.byteOffset, features.byteLength))
      return instances.length
    },
    job,
  )
  const width = outputWidth(label)
  const said = instances.map((_, nth) =>
    decodePrediction(label, outputs.subarray(nth * width, (nth + 1) * width)),
  )
  const first = said[0] as (typeof said)[number]
  return {
    label: label.column,
    unused,
    answers: instances.map((instance, nth): WhatIf => {
      const answer = said[nth] as typeof first
      if ('value' in answer)
        return {
          instance,
          class: null,
          probability: null,
          probabilities: {},
          value: answer.value,
          change: answer.value - ('value' in first ? first.value : 0),
          flips: false,
        }
      const firstClass = 'class' in first ? first.class : answer.class
      const index = label.classes.indexOf(firstClass)
      const of = (at: number) => probabilitiesOf(label, outputs, at)[index] as number
      return {
        instance,
        class: answer.class,
        probability: answer.probability,
        probabilities: answer.probabilities,
        value: null,
        change: of(nth) - of(0),
        flips: answer.class !== firstClass,
      }
    }),
  }

  function known(edits: Instance): Instance {
    return Object.fromEntries(Object.entries(edits).filter(([name]) => names.includes(name)))
  }
}

async function rowOf(
  dataset: SliceSource,
  run: Run & { version: string },
  names: string[],
  row: number,
  signal: AbortSignal,
): Promise<Instance> {
  const version = dataset.resolve(run.version)
  let begin = 0
  for await (const batch of dataset.read(version, { columns: names, numbered: true, signal })) {
    const at = batch.numbers ? batch.numbers.indexOf(row) : row - begin
    if (at >= 0 && at < batch.rows)
      return Object.fromEntries(names.map((name, nth) => [name, batch.columns[nth]?.[at] ?? null]))
    begin += batch.rows
  }
  throw fail(
    'not-found',
    `${version.dataset} v${version.number} has no row ${row}.`,
    `It has rows 0 to ${version.rows - 1}.`,
  )
}
