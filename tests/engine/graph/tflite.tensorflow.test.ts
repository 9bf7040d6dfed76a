import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readTflite, tflite, writeTflite } from '../../../main/engine/graph/formats/tflite/index.ts'
import { writeGraphDef } from '../../../main/engine/graph/index.ts'
import { elementsOf, type Kept, readAnswers } from '../../golden/graph/tflite/read.ts'

const golden = join(import.meta.dirname, '../../golden/graph/tflite')
const pathOf = (name: string) => join(golden, `${name}.tflite`)

/** All but the one without a signature, which gets one when it is written. */
const FILES = readdirSync(golden)
  .filter(name => name.endsWith('.tflite') && name !== 'whole.tflite')
  .map(name => name.slice(0, -'.tflite'.length))

function expectClose(actual: Kept, expected: Kept, name: string): void {
  expect(actual.shape, name).toEqual(expected.shape)
  const wanted = Array.from(elementsOf(expected), Number)
  const found = Array.from(elementsOf(actual), Number)
  expect(
    Math.max(...found.map((value, i) => Math.abs(value - (wanted[i] as number)))),
    name,
  ).toBeLessThanOrEqual(1e-5)
}

const python = process.env.EDGEWRIGHT_TF_PYTHON
const hint = python ? '' : ' (skipped: set EDGEWRIGHT_TF_PYTHON to a Python with TensorFlow)'

test(`TensorFlow runs every graph to the same answers${hint}`, {
  skip: !python,
  timeout: 180_000,
}, async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'tflite-raise-'))
  const names = ['convnet_float', 'convnet_float16', 'elements', 'shapes', 'windows', 'tabular', 'whole']
  try {
    const jobs = []
    for (const name of names) {
      const { graph } = await tflite.open(pathOf(name), {})
      const file = join(scratch, `${name}.pb`)
      writeFileSync(file, writeGraphDef(graph))
      const { inputs } = readAnswers(name)
      jobs.push({
        graph: file,
        feeds: Object.fromEntries(graph.inputs.map((input, i) => [input.name, inputs[i]])),
        fetch: graph.outputs.map(output => output.name),
      })
    }
    const list = join(scratch, 'jobs.json')
    writeFileSync(list, JSON.stringify(jobs))
    const answered = execFileSync(python as string, [join(golden, 'run_graphs.py'), list], {
      stdio: 'pipe',
      maxBuffer: 1 << 28,
    })
    const results: Kept[][] = JSON.parse(answered.toString())
    names.forEach((name, i) => {
      readAnswers(name).outputs.forEach((expected, k) => {
        expectClose(results[i]?.[k] as Kept, expected, `${name} ${expected.name}`)
      })
    })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
})

test(`TensorFlow reads from a written file what it reads from its own${hint}`, {
  skip: !python,
  timeout: 180_000,
}, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'tflite-same-'))
  try {
    const pairs = FILES.flatMap(name => {
      const file = join(scratch, `${name}.tflite`)
      writeFileSync(file, writeTflite(readTflite(readFileSync(pathOf(name)))))
      return [pathOf(name), file]
    })
    const told = execFileSync(python as string, [join(golden, 'compare_files.py'), ...pairs], {
      stdio: 'pipe',
    })
    const differences: unknown[][] = JSON.parse(told.toString())
    expect(differences).toEqual(pairs.slice(0, pairs.length / 2).map(() => []))
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
})
