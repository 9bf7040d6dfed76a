import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  freeze,
  type Graph,
  loadExecutable,
  openModel,
  saveGraphDef,
  writeGraphDef,
} from '../../../main/engine/graph/index.ts'
import { openTensor, type Tf } from '../../../main/engine/tensor/index.ts'
import { readAnswers, savedModels } from '../../golden/graph/savedmodel/read.ts'
import { damagedBytes, failing } from './damage.ts'

const scratch = mkdtempSync(join(tmpdir(), 'saved-model-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
let tf: Tf
beforeAll(async () => {
  tf = (await openTensor({ backend: 'cpu' })).tf
})

const model = (name: string) => join(savedModels, name, 'model')
const copyOf = (name: string) => {
  const folder = mkdtempSync(join(scratch, `${name}-`))
  cpSync(model(name), folder, { recursive: true })
  return folder
}
const opsIn = ({ nodes, library }: Graph): Set<string> =>
  new Set([...nodes, ...(library?.function ?? []).flatMap(({ nodeDef }) => nodeDef)].map(({ op }) => op))

describe('a SavedModel', () => {
  test('of Keras 3 answers what Keras answers, each variable once though it has three handles', async () => {
    const opened = await openModel(model('convnet'))
    expect(opened).toMatchObject({ format: 'saved-model', signature: 'serving_default', notes: [] })
    expect(opened.signatures.map(({ name }) => name)).toEqual(['serving_default', 'serve'])
    expect(opened.graph.inputs).toEqual([
      { name: 'serving_default_args_0', dtype: 'float32', shape: [2, 8, 8, 2], key: 'args_0' },
    ])
    expect(opened.graph.outputs).toMatchObject([{ dtype: 'float32', shape: [2, 3], key: 'output_0' }])
    const { graph, report } = freeze(opened.graph)
    expect(report).toMatchObject({ variables: 7, bytes: (3 * 3 * 2 * 4 + 4 * 4 + 4 * 3 + 3) * 4 })
    const { inputs, outputs } = readAnswers('convnet')
    const executable = loadExecutable(graph, tf)
    const { args_0, output_0 } = { ...inputs, ...outputs }
    const answered = executable.run({
      serving_default_args_0: { data: Float32Array.from(args_0?.data ?? []), shape: args_0?.shape ?? [] },
    })
    executable.dispose()
    const values = [...(answered[graph.outputs[0]?.name ?? '']?.data ?? [])]
    expect(values.length).toBe(6)
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(output_0?.data[i] ?? Number.NaN, 6)
  })

  test('says of each node which layer it came from, by the name that the person gave', async () => {
    const { graph } = await openModel(model('convnet'))
    const layers = new Map(graph.nodes.map(({ op, origin }) => [op, origin?.layer]))
    expect([layers.get('Conv2D'), layers.get('Relu'), layers.get('Mean'), layers.get('Softmax')]).toEqual([
      'first',
      'bend',
      'mean',
      'last',
    ])
    expect(graph.nodes.filter(({ origin }) => origin?.layer === 'norm').map(({ op }) => op)).toContain(
      'Rsqrt',
    )
    expect(graph.nodes.find(({ op }) => op === 'Conv2D')?.origin?.node).toMatch(
      /^StatefulPartitionedCall.*convolution$/,
    )
  })

  test('with functions, choices and loops that are given handles freezes through all of them', async () => {
    const opened = await openModel(model('functions'))
    expect(opened.graph.variables.size).toBe(4)
    expect(opsIn(opened.graph)).not.toContain('StatefulPartitionedCall')
    const { graph, report } = freeze(opened.graph)
    expect(report.variables).toBe(4)
    const ops = opsIn(graph)
    for (const op of ops) expect(op).not.toMatch(/Variable|VarHandle|ResourceGather|PartitionedCall/)
    for (const op of ['If', 'While', 'Case', 'GatherV2']) expect(ops).toContain(op)
    expect(graph.outputs.map(({ key }) => key)).toEqual(Object.keys(readAnswers('functions').outputs).sort())
    // The same handle goes to many places; its value stands in the graph once.
    expect(graph.nodes.filter(({ op, name }) => op === 'Const' && /^(same|Variable)/.test(name)).length).toBe(
      4,
    )
  })

  test("of TF1 hands its variable through TF1's loops and choices", async () => {
    const opened = await openModel(join(model('loop'), 'saved_model.pb'))
    expect(opened.graph.inputs.map(({ name }) => name)).toEqual(['x'])
    const { graph } = freeze(opened.graph)
    const ops = opsIn(graph)
    for (const op of ops) expect(op).not.toMatch(/Variable|VarHandle/)
    for (const op of ['Enter', 'Switch', 'Merge', 'NextIteration']) expect(ops).toContain(op)
    const enter = graph.nodes.find(({ op, inputs }) => op === 'Enter' && inputs[0]?.node === 'cell/w')
    expect(enter?.attrs.T).toEqual({ kind: 'type', value: 'float32' })
  })

  test('with a table says so, does not freeze, and opens behind the table', async () => {
    const opened = await openModel(model('words'))
    expect(opened.notes).toMatchObject([expect.stringContaining('table')])
    const failure = await failing(async () => freeze(opened.graph))
    expect(failure).toMatchObject({
      code: 'unsupported-graph',
      remedy: expect.stringContaining('LookupTableFind'),
    })
    const behind = await openModel(model('words'), { inputs: [failure.node as string] })
    expect(behind.graph.inputs).toEqual([{ name: failure.node, dtype: 'int64', shape: undefined }])
    const { graph } = freeze(behind.graph)
    expect([...opsIn(graph)].sort()).toEqual(['Const', 'GatherV2', 'Identity', 'Placeholder'])
  })

  test('opens between other inputs and outputs, by name or by the key of the signature', async () => {
    const { graph } = await openModel(model('functions'), { outputs: ['third'] })
    expect(graph.outputs.map(({ key }) => key)).toEqual(['third'])
    const norm = await openModel(model('convnet'), { outputs: ['output_0', 'serving_default_args_0'] })
    expect(norm.graph.outputs.length).toBe(2)
    expect(await failing(() => openModel(model('convnet'), { outputs: ['nobody'] }))).toMatchObject({
      code: 'not-found',
    })
    expect(await failing(() => openModel(model('convnet'), { signature: 'nobody' }))).toMatchObject({
      code: 'not-found',
      remedy: 'Choose one of: serving_default, serve.',
    })
  })

  test('is written to the same bytes each time', async () => {
    const write = async () => writeGraphDef(freeze((await openModel(model('functions'))).graph).graph)
    expect(Buffer.compare(await write(), await write())).toBe(0)
  })

  test('stops when it is told to', async () => {
    await expect(openModel(model('convnet'), { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i)
  })
})

describe('a SavedModel that is not whole', () => {
  test('lacks a file', async () => {
    for (const name of ['variables.index', 'variables.data-00000-of-00001']) {
      const folder = copyOf('convnet')
      rmSync(join(folder, 'variables', name))
      expect(await failing(() => openModel(folder))).toMatchObject({
        code: 'unreadable-file',
        message: expect.stringContaining(name),
      })
    }
    const empty = copyOf('convnet')
    writeFileSync(join(empty, 'saved_model.pb'), '')
    expect(await failing(() => openModel(empty))).toMatchObject({ code: 'not-found' })
  })

  test('is damaged anywhere: a failure or the same graph, never a crash', async () => {
    const folder = copyOf('functions')
    const files = ['saved_model.pb', 'variables/variables.index', 'variables/variables.data-00000-of-00001']
    for (const name of files) {
      const file = join(folder, name)
      const whole = readFileSync(file)
      await fc.assert(
        fc.asyncProperty(damagedBytes(whole), async bytes => {
          writeFileSync(file, bytes)
          const ended = await failing(async () => {
            freeze((await openModel(folder)).graph)
          }).catch((error: Error) => {
            if (error.message === 'It did not fail') return undefined
            throw error
          })
          if (ended)
            expect(['unreadable-file', 'unsupported-graph', 'not-found', 'unsupported']).toContain(ended.code)
        }),
        { numRuns: 60 },
      )
      writeFileSync(file, whole)
    }
  })
})

const python = process.env.EDGEWRIGHT_TF_PYTHON
const title = 'frozen here answers in TensorFlow what the model answered'
test(python ? title : `${title} (skipped: set EDGEWRIGHT_TF_PYTHON to a Python with TensorFlow)`, {
  skip: !python,
  timeout: 300_000,
}, async () => {
  const folder = join(scratch, 'made')
  const run = (script: string, args: string[]) =>
    execFileSync(python as string, [join(savedModels, script), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  run('make_saved_models.py', [folder, 'more'])
  const names = readdirSync(folder).filter(name => name !== 'words')
  expect(names.length).toBe(7)
  for (const name of names) {
    const { outputs } = readAnswers(name, folder)
    const opened = await openModel(join(folder, name, 'model'), {
      ...(name.startsWith('checkpoint') && { outputs: Object.keys(outputs) }),
    })
    const { graph } = freeze(opened.graph)
    await saveGraphDef(graph, join(folder, name, 'frozen.pb'))
    const keyed = (ends: Graph['inputs']) => ends.map(end => ({ ...end, key: end.key ?? end.name }))
    const ends = { inputs: keyed(graph.inputs), outputs: keyed(graph.outputs) }
    writeFileSync(join(folder, name, 'ends.json'), JSON.stringify(ends))
  }
  const differences = JSON.parse(
    run(
      'run_frozen.py',
      names.map(name => join(folder, name)),
    ),
  ) as Record<string, number>
  expect(Object.keys(differences).sort()).toEqual(names.sort())
  for (const difference of Object.values(differences)) expect(difference).toBeLessThanOrEqual(1e-6)
})
