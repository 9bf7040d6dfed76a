import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { compileFunction } from 'node:vm'
import { embedded, fail } from '../kit/index.ts'

/** The build for one thread, with SIMD: its loader and its machine code, which lie in one folder. */
export const LITERT_FILES = ['litert_wasm_internal.js', 'litert_wasm_internal.wasm'] as const

interface Deletable {
  delete(): void
}

interface List<T> extends Deletable {
  size(): number
  get(index: number): T
  push_back(item: T): void
}

interface Choice {
  value: number
}

interface Layout extends Deletable {
  dimensions(): List<number>
}

export interface RankedType extends Deletable {
  elementType(): Choice
  layout(): Layout
  bytes(): number
}

export interface TensorBuffer extends Deletable {
  lock(mode: Choice): number
  unlock(): void
  tensorType(): RankedType
  packedSize(): number
}

export interface WasmModel extends Deletable {
  getNumSignatures(): number
  getSignature(signature: number): Deletable & { inputNames(): List<string>; outputNames(): List<string> }
  getInputTensorType(signature: number, input: number): RankedType
  getOutputTensorType(signature: number, output: number): RankedType
}

export interface CompiledModel extends Deletable {
  run(signature: number, inputs: TensorBuffer[]): TensorBuffer[]
}

type Environment = Deletable

/** What LiteRT.js offers below its own JavaScript, which refuses 8-bit inputs though the runtime takes them. */
export interface LiteRtWasm {
  HEAPU8: Uint8Array
  _malloc(bytes: number): number
  _free(at: number): void
  LiteRtEnvironment: { create(gpu: null): Environment }
  loadModel(environment: Environment, at: number, bytes: number): WasmModel
  compileModel(
    environment: Environment,
    model: WasmModel,
    options: {
      environment: Environment
      accelerator: 'wasm'
      cpuOptions: { numThreads: number }
      gpuOptions: object
      webNNOptions: object
    },
  ): CompiledModel | Promise<CompiledModel>
  LiteRtTensorBuffer: {
    createManaged(environment: Environment, kind: Choice, type: RankedType, bytes: number): TensorBuffer
  }
  LiteRtTensorBufferType: { HOST_MEMORY: Choice }
  LiteRtTensorBufferLockMode: { READ: Choice; WRITE: Choice }
}

type Factory = (options: {
  print(line: string): void
  printErr(line: string): void
  locateFile(file: string): string
  wasmBinary?: Uint8Array
}) => Promise<LiteRtWasm>

/**
 * Starts the runtime. Its loader is a CommonJS script for browsers and Node; it is run with what it asks for, so that
 * it finds no global things and leaves none behind. A program of one file carries both in itself.
 *
 * @param said gets each line that the runtime would write to the console
 */
export async function loadWasm(said: (line: string) => void): Promise<LiteRtWasm> {
  const [loader, machineCode] = LITERT_FILES
  const [carried, wasmBinary] = [embedded(loader), embedded(machineCode)]
  const folder = carried ? import.meta.dirname : findWasmFolder()
  const file = join(folder, loader)
  const script = compileFunction(
    carried ? Buffer.from(carried).toString('utf8') : readFileSync(file, 'utf8'),
    ['module', 'exports', 'require', '__filename', '__dirname'],
    { filename: file },
  )
  const module: { exports: unknown } = { exports: {} }
  script(module, module.exports, createRequire(file), file, folder)
  const factory = module.exports as Factory
  try {
    return await factory({
      print: said,
      printErr: said,
      locateFile: name => join(folder, name),
      ...(wasmBinary ? { wasmBinary } : {}),
    })
  } catch (cause) {
    throw fail(
      'unsupported',
      'The runtime for TensorFlow Lite models does not start on this computer.',
      'It needs a processor with SIMD, and a Node.js of version 24 or newer.',
      { cause },
    )
  }
}

/** The folder of the runtime's files: that of the running program, where a bundle carries them, or the package's. */
function findWasmFolder(): string {
  const found = places().find(place => LITERT_FILES.every(file => existsSync(join(place, file))))
  if (found === undefined)
    throw fail(
      'not-found',
      'The runtime for TensorFlow Lite models is not installed.',
      'Install the program again, or put the files of LiteRT.js beside it.',
    )
  return found
}

function places(): string[] {
  const here = import.meta.dirname
  const started = process.argv[1] && dirname(process.argv[1])
  return [here, started]
    .filter((folder): folder is string => Boolean(folder))
    .flatMap(folder => {
      try {
        const entry = createRequire(join(folder, 'here.js')).resolve('@litertjs/core')
        return [folder, join(dirname(dirname(entry)), 'wasm')]
      } catch {
        // A bundle has no node_modules.
        return [folder]
      }
    })
}
