import {
  hasOpenShapes,
  type LiteModel,
  type LiteType,
  readTflite,
  sizeOf,
  withFixedShapes,
  writeTflite,
} from '../graph/index.ts'
import { fail } from '../kit/index.ts'
import { type Elements, elementsOf, holds, typeOf, zeros } from './arrays.ts'
import { refusal, troubles } from './refusal.ts'
import {
  type CompiledModel,
  type LiteRtWasm,
  loadWasm,
  type RankedType,
  type TensorBuffer,
  type WasmModel,
} from './wasm.ts'

/** An input or output of a loaded model, by the name in its signature. */
export interface RunnerEnd {
  name: string
  dtype: LiteType
  shape: number[]
}

/** A model that is ready to compute. Its inputs and outputs are in the order of its first graph. */
export interface LiteModelRunner {
  inputs: RunnerEnd[]
  outputs: RunnerEnd[]
  /**
   * Computes all outputs from all inputs, each in the order in which they are named above.
   * @throws Failure `bad-input` for elements of another type or number, `unsupported-graph` where a kernel gives up
   */
  run(feeds: Elements[]): Elements[]
  /** Frees its memory. It cannot run any more. */
  dispose(): void
}

/** The runtime. A process has one, since its memory never shrinks: start a process of its own for what is large. */
export interface LiteRt {
  /** For a report that names who computed: `LiteRT.js 2.5.3`. */
  version: string
  /**
   * Makes a `.tflite` file ready, its first signature. Open sizes are taken as in the file, which usually means a
   * batch of 1.
   * @throws Failure `unreadable-file`, or `unsupported-graph` for an operator that the runtime does not know
   */
  load(bytes: Uint8Array): Promise<LiteModelRunner>
}

/** Of `@litertjs/core` in package.json; not officially meant for Node, so that it is pinned. */
const VERSION = 'LiteRT.js 2.5.3'

let opened: Promise<LiteRt> | undefined

/**
 * Starts the runtime, or gives the one that was started before.
 * @throws Failure `not-found` where its files are not there, `unsupported` for a processor without what they need
 */
export function openLiteRt(): Promise<LiteRt> {
  opened ??= start().catch(error => {
    opened = undefined
    throw error
  })
  return opened
}

type Environment = ReturnType<LiteRtWasm['LiteRtEnvironment']['create']>

interface Runtime {
  wasm: LiteRtWasm
  environment: Environment
  /** What the runtime has said since the last question, which is where it tells why it refuses something. */
  said: string[]
}

async function start(): Promise<LiteRt> {
  const said: string[] = []
  const wasm = await loadWasm(line => {
    said.push(line)
    if (said.length > 200) said.shift()
  })
  const runtime: Runtime = { wasm, said, environment: wasm.LiteRtEnvironment.create(null) }
  return { version: VERSION, load: bytes => load(runtime, bytes) }
}

async function load(runtime: Runtime, bytes: Uint8Array): Promise<LiteModelRunner> {
  const model = readTflite(bytes)
  checkTypes(model)
  // The runtime resizes nothing, and calls a model by its signature.
  const ready =
    hasOpenShapes(model) || model.signatures.length === 0 ? writeTflite(withFixedShapes(model)) : bytes
  const { wasm, environment, said } = runtime
  said.length = 0
  const at = wasm._malloc(ready.length)
  if (at === 0) throw tooLarge()
  let loaded: WasmModel | undefined
  let compiled: CompiledModel | undefined
  let made: LiteModelRunner | undefined
  try {
    wasm.HEAPU8.set(ready, at)
    loaded = wasm.loadModel(environment, at, ready.length)
    compiled = await wasm.compileModel(environment, loaded, {
      environment,
      accelerator: 'wasm',
      cpuOptions: { numThreads: 1 },
      gpuOptions: {},
      webNNOptions: {},
    })
    made = runner(runtime, loaded, compiled, at, passedOn(model))
    tryOut(made, said)
    return made
  } catch (error) {
    if (made) made.dispose()
    else {
      compiled?.delete()
      loaded?.delete()
      wasm._free(at)
    }
    forgetIfStopped(error)
    throw refusal('The runtime cannot take this model', said, error)
  }
}

/** A runtime that came to a stop stays so; the next one to ask gets a new one. */
function forgetIfStopped(error: unknown): void {
  if (error instanceof WebAssembly.RuntimeError) opened = undefined
}

/** Only when it runs for the first time does the runtime see whether it can. */
function tryOut(runner: LiteModelRunner, said: string[]): void {
  try {
    runner.run(runner.inputs.map(({ dtype, shape }) => zeros(dtype, shape)))
  } catch (error) {
    // A model may well divide by its input: it is only nothing that it cannot be divided by.
    if (!said.some(line => /division by (0|zero)/i.test(line))) throw error
  }
}

/** For each output the input that it is, if it is one: the runtime leaves those empty. */
function passedOn({ subgraphs: [main] }: LiteModel): number[] {
  return (main?.outputs ?? []).map(output => main?.inputs.indexOf(output) ?? -1)
}

function checkTypes({ subgraphs }: LiteModel): void {
  const main = subgraphs[0]
  for (const index of [...(main?.inputs ?? []), ...(main?.outputs ?? [])]) {
    const tensor = main?.tensors[index]
    if (tensor && ['string', 'resource', 'variant', 'complex64', 'complex128'].includes(tensor.type))
      throw fail(
        'unsupported-graph',
        `"${tensor.name}" is of type ${tensor.type}, which can be neither given nor taken here.`,
        'Convert the model so that its inputs and outputs are numbers.',
        { node: tensor.origin?.node ?? tensor.name },
      )
  }
}

const tooLarge = () =>
  fail(
    'unsupported-graph',
    'The model is larger than the memory of the runtime.',
    'Run a smaller variant, or run this one on the device.',
  )

function runner(
  runtime: Runtime,
  model: WasmModel,
  compiled: CompiledModel,
  at: number,
  passed: readonly number[],
): LiteModelRunner {
  const { wasm, said } = runtime
  const signature = model.getSignature(0)
  const inputs = listOf(signature.inputNames()).map((name, i) => endOf(name, model.getInputTensorType(0, i)))
  const outputs = listOf(signature.outputNames()).map((name, i) =>
    endOf(name, model.getOutputTensorType(0, i)),
  )
  signature.delete()
  const given = inputs.map((_, i) => emptyBuffer(runtime, model.getInputTensorType(0, i)))
  const counts = inputs.map(({ shape }) => sizeOf(shape))
  let disposed = false
  return {
    inputs,
    outputs,
    run(feeds) {
      if (disposed) throw new Error('This runner was disposed of')
      said.length = 0
      let made: TensorBuffer[] = []
      try {
        check(inputs, counts, feeds)
        given.forEach((buffer, i) => {
          fill(wasm, buffer, feeds[i] as Elements)
        })
        made = compiled.run(0, given)
        if (said.length > 0 && troubles(said).length > 0) throw new Error('A kernel gave up')
        return made.map(
          (buffer, i) => feeds[passed[i] ?? -1]?.slice() ?? taken(wasm, buffer, outputs[i] as RunnerEnd),
        )
      } catch (error) {
        forgetIfStopped(error)
        throw refusal('The runtime cannot compute this model', said, error)
      } finally {
        for (const buffer of made) buffer.delete()
      }
    },
    dispose() {
      if (disposed) return
      disposed = true
      for (const buffer of given) buffer.delete()
      compiled.delete()
      model.delete()
      wasm._free(at)
    },
  }
}

function check(inputs: RunnerEnd[], counts: readonly number[], feeds: Elements[]): void {
  inputs.forEach(({ name, dtype, shape }, i) => {
    const feed = feeds[i]
    const count = counts[i]
    if (!feed || !holds(feed, dtype) || feed.length !== count)
      throw fail(
        'bad-input',
        `The input "${name}" needs ${count} values of type ${dtype}.`,
        `Give it values of the shape [${shape.join(', ')}].`,
      )
  })
}

/** A buffer of the runtime for an input. It is made once and filled for each call, which for small nets is much of it. */
function emptyBuffer({ wasm, environment }: Runtime, type: RankedType): TensorBuffer {
  try {
    return wasm.LiteRtTensorBuffer.createManaged(
      environment,
      wasm.LiteRtTensorBufferType.HOST_MEMORY,
      type,
      type.bytes(),
    )
  } finally {
    type.delete()
  }
}

function fill(wasm: LiteRtWasm, buffer: TensorBuffer, feed: Elements): void {
  const at = buffer.lock(wasm.LiteRtTensorBufferLockMode.WRITE)
  wasm.HEAPU8.set(new Uint8Array(feed.buffer, feed.byteOffset, feed.byteLength), at)
  buffer.unlock()
}

function taken(wasm: LiteRtWasm, buffer: TensorBuffer, { dtype }: RunnerEnd): Elements {
  const at = buffer.lock(wasm.LiteRtTensorBufferLockMode.READ)
  try {
    return elementsOf(dtype, wasm.HEAPU8.slice(at, at + buffer.packedSize()) as Uint8Array<ArrayBuffer>)
  } finally {
    buffer.unlock()
  }
}

function endOf(name: string, type: RankedType): RunnerEnd {
  const layout = type.layout()
  const shape = listOf(layout.dimensions())
  layout.delete()
  const code = type.elementType().value
  type.delete()
  const dtype = typeOf(code)
  if (!dtype)
    throw fail(
      'unsupported-graph',
      `"${name}" is of a type that can be neither given nor taken here.`,
      'Convert the model so that its inputs and outputs are numbers.',
      { node: name },
    )
  return { name, dtype, shape }
}

function listOf<T>(list: { size(): number; get(index: number): T; delete(): void }): T[] {
  const items = Array.from({ length: list.size() }, (_, i) => list.get(i))
  list.delete()
  return items
}
