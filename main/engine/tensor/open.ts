import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { embedded, fail } from '../kit/index.ts'
import { handsOf, installKernels, simdOf, withSharedMemory } from './kernels/index.ts'
import { findNative, loadNative } from './native.ts'
import { installNativeKernels } from './nativeKernels.ts'
import type { Tf } from './tf.ts'
import { findWasmFolder, WASM_FILES } from './wasmFolder.ts'

/** What computes: native TensorFlow (tfjs-node), WebAssembly (SIMD where the machine has it), or plain JavaScript. */
export type TensorBackend = 'tensorflow' | 'wasm' | 'cpu'

export interface OpenTensorOptions {
  /**
   * `auto` (default) takes the first that loads: native, WASM, plain; for small work WASM, native, plain. A named
   * backend is taken or refused, never swapped silently.
   */
  backend?: 'auto' | TensorBackend
  /** How often one step of the work multiplies, about, where that is known: rows at once times what each row takes. */
  multiplications?: number
  /**
   * Folder that holds the `tfjs-backend-wasm*.wasm` files. Default: beside the running file (a bundle may carry
   * them along), else where the package is installed.
   */
  wasmFolder?: string
  /**
   * So many threads share a large product on WASM, this one among them; default 1. What is computed does not depend on it.
   * Native TensorFlow has threads of its own.
   */
  threads?: number
}

/**
 * Up to here work is small. WASM answers each call in microseconds where native TensorFlow takes some five, and native
 * multiplies up to three times as fast. Measured on two cores with AVX-512, the best of many training steps of dense nets:
 * 0.3 million multiplications 0.29 ms by WASM and 0.40 by native on one thread, 2.9 million (the census net) 0.68 and 0.76,
 * 5.3 million 0.87 and 0.59, 50 million 7.5 and 4.1, 170 million 18 and 6.8; a small convolutional net of 36 million 9.1 and
 * 8.7.
 */
const SMALL = 3_000_000

/**
 * Up to here native TensorFlow computes on one thread: to share out an operation of microseconds takes longer than to do it.
 * Measured as above, before Adam was made shorter, with one thread and with two: the census net 0.71 and 1.29 ms, 50 million
 * multiplications 3.1 and 3.4, 170 million 11.5 and 11.1; a small convolutional net of 36 million 7.3 and 8.2.
 */
const ONE_THREAD = 64_000_000

/** More threads share a product of a net's size to no gain. */
const MOST_THREADS = 8

/** As many threads as work alone on this machine should share, see `threads`. */
export const usefulThreads = (): number => Math.min(availableParallelism(), MOST_THREADS)

export interface OpenedTensor {
  tf: Tf
  backend: TensorBackend
  /** One line for the run record: versions, SIMD or not, and why a faster backend was not taken. */
  detail: string
}

/**
 * Loads TensorFlow.js and makes one backend active. TensorFlow.js keeps one active backend for the whole process, so
 * a process opens it once; opening again with another backend switches everyone.
 *
 * On WASM the kernels that the package lacks, runs slowly or gets wrong are put right, see `kernels/`.
 *
 * @throws Failure `unsupported` when a backend was named and cannot run here.
 */
export async function openTensor(options: OpenTensorOptions = {}): Promise<OpenedTensor> {
  const wanted = options.backend ?? 'auto'
  if (wanted === 'cpu') return openCpu([])

  const reasons: string[] = []
  const fast = [
    ['tensorflow', openNative],
    ['wasm', openWasm],
  ] as const
  for (const [backend, open] of (options.multiplications ?? SMALL + 1) > SMALL ? fast : fast.toReversed()) {
    if (wanted !== 'auto' && wanted !== backend) continue
    const opened = await open(options)
    if (typeof opened !== 'string') return opened
    reasons.push(opened)
  }
  if (wanted === 'auto') return openCpu(reasons)
  throw fail(
    'unsupported',
    `The ${wanted} backend cannot run here: ${reasons.join('; ')}.`,
    'Choose the automatic backend, or install what is missing.',
  )
}

/** Opens native TensorFlow, or says in words why it cannot. */
async function openNative({ multiplications }: OpenTensorOptions): Promise<OpenedTensor | string> {
  const native = findNative()
  if (!native.folder) return `there is no native TensorFlow (${native.why})`
  try {
    const tf = loadNative(native, {
      oneThread: (multiplications ?? Number.POSITIVE_INFINITY) <= ONE_THREAD,
    }) as Tf
    loaded ??= tf
    if (!(await tf.setBackend('tensorflow'))) throw new Error('the backend did not start')
    await tf.ready()
    installNativeKernels(tf)
    return { tf, backend: 'tensorflow', detail: `TensorFlow native, TensorFlow.js ${tf.version.tfjs}` }
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return `native TensorFlow (tfjs-node) does not load (${line})`
  }
}

/** Opens WebAssembly, or says in words why it cannot. */
async function openWasm(options: OpenTensorOptions): Promise<OpenedTensor | string> {
  if (typeof WebAssembly === 'undefined') return 'there is no WebAssembly'
  const { threads = 1 } = options
  const carried = carriedWasm()
  const folder = carried ? undefined : findWasmFolder(options.wasmFolder)
  // Looked for beforehand: the loader itself ends the process's promise chain in an abort when the file is not there.
  if (!folder && !carried) return `the WebAssembly files (${WASM_FILES.join(', ')}) were not found`
  const tf = await loadTf()
  try {
    const wasm = unwrap<typeof import('@tensorflow/tfjs-backend-wasm')>(
      await import('@tensorflow/tfjs-backend-wasm'),
    )
    if (!tf.engine().registry.wasm) {
      const files = carried ?? (threads > 1 ? read(folder as string) : null)
      if (files) wasm.setWasmPaths(addresses(files, threads > 1), true)
      else wasm.setWasmPaths(folder as string)
      await keepingProcessListeners(async () => {
        if (!(await tf.setBackend('wasm'))) throw new Error('the backend did not start')
        await tf.ready()
      })
    }
    await tf.setBackend('wasm')
    const { asm } = (tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } }).wasm
    const simd = simdOf(asm.memory)
    if (!simd) return 'WebAssembly has no SIMD here'
    const hands = handsOf(asm.memory, simd, threads)
    installKernels(tf, simd, hands)
    const on = hands.count > 1 ? ` on ${hands.count} threads` : ''
    return {
      tf,
      backend: 'wasm',
      detail: `WebAssembly with SIMD${on}, TensorFlow.js ${tf.version.tfjs}`,
    }
  } catch (error) {
    return `WebAssembly does not start (${error instanceof Error ? error.message : String(error)})`
  }
}

type WasmFiles = [name: string, content: Uint8Array][]

/** The machine code that a program of one file carries in itself. */
function carriedWasm(): WasmFiles | null {
  const files = WASM_FILES.flatMap((name): WasmFiles => {
    const content = embedded(name)
    return content ? [[name, content]] : []
  })
  return files.length < WASM_FILES.length ? null : files
}

const read = (folder: string): WasmFiles => WASM_FILES.map(name => [name, readFileSync(join(folder, name))])

/** Where the package is to find its machine code; the build for threads of its own is never asked for. */
function addresses(files: WasmFiles, shared: boolean): Record<string, string> {
  const found = files.map(([name, content]) => {
    const code = (shared && withSharedMemory(content)) || content
    return [name, `data:application/wasm;base64,${Buffer.from(code).toString('base64')}`] as const
  })
  return { ...Object.fromEntries(found), 'tfjs-backend-wasm-threaded-simd.wasm': '' }
}

async function openCpu(reasons: string[]): Promise<OpenedTensor> {
  const tf = await loadTf()
  await tf.setBackend('cpu')
  await tf.ready()
  const why = reasons.length ? ` (${reasons.join('; ')})` : ''
  return { tf, backend: 'cpu', detail: `plain JavaScript, TensorFlow.js ${tf.version.tfjs}${why}` }
}

/** Native TensorFlow may bring a TensorFlow.js of its own; a second one would only register all again. */
let loaded: Tf | undefined

async function loadTf(): Promise<Tf> {
  loaded ??= unwrap<Tf>(await import('@tensorflow/tfjs'))
  const tf = loaded
  // The plain backend greets with an advertisement on its first write, whoever writes; this is its own switch.
  const cpu = tf.findBackend('cpu') as { firstUse?: boolean } | null
  if (cpu) cpu.firstUse = false
  return tf
}

/** The packages are CommonJS: Node gives their exports as `default`, a bundler may give them directly. */
function unwrap<T>(module: object): T {
  return ('default' in module ? module.default : module) as T
}

/** Emscripten's start-up code adds process-wide crash handlers; a library has no say in that, so they go again. */
async function keepingProcessListeners(start: () => Promise<void>): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'] as const
  const before = events.map(event => new Set(process.listeners(event as 'uncaughtException')))
  try {
    await start()
  } finally {
    events.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException'))
        if (!before[i]?.has(listener)) process.removeListener(event, listener)
    })
  }
}
