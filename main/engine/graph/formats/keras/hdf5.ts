import { statSync } from 'node:fs'
import { FailureError } from '../../../kit/index.ts'
import { fromBfloat16, fromFloat16 } from '../../evaluate/half.ts'
import { sizeOf, type Tensor } from '../../graph.ts'
import { unreadable } from './archive.ts'

type Library = typeof import('h5wasm/node')
type File = InstanceType<Library['File']>
type Dataset = InstanceType<Library['Dataset']>

/** What is unpacked of a file may be so many times its size: HDF5 packs as zip does, and may claim what is not there. */
const LARGEST_RATIO = 20
const ALWAYS_FINE = 2 ** 28
const MOST_NAMES = 1_000_000

/** The parts of the compiled library that its typed surface leaves out. */
interface Module {
  HEAPU8: Uint8Array<ArrayBuffer>
  _malloc(bytes: number): number
  _free(at: number): void
  get_dataset_data(file: bigint, path: string, count: null, offset: null, strides: null, at: bigint): void
  activate_throwing_error_handler(): void
}

let loading: Promise<{ library: Library; module: Module }> | undefined
/** Traps of WebAssembly so far: damaged files can leave the library's memory in disorder. */
let traps = 0
let renewed = 0
/** Each fresh library takes memory that is never given back. */
const MOST_RENEWALS = 8

/**
 * 15 MB of WebAssembly, so only where a file asks for it, and a fresh one after a trap. What goes wrong in it is thrown
 * and not printed.
 */
function load(): Promise<{ library: Library; module: Module }> {
  if (traps > renewed && renewed < MOST_RENEWALS) {
    renewed++
    traps = renewed
    loading = undefined
  }
  loading ??= imported().then(async library => {
    const module = (await library.ready) as unknown as Module
    module.activate_throwing_error_handler()
    return { library, module }
  })
  return loading
}

/** A module with another address is another one, memory included; in a bundle there is only the one. */
async function imported(): Promise<Library> {
  if (renewed > 0)
    try {
      return (await import(/* @vite-ignore */ `${import.meta.resolve('h5wasm/node')}?${renewed}`)) as Library
    } catch {
      // The one that is there still opens what is not damaged.
    }
  return import('h5wasm/node')
}

/** An HDF5 file that is read straight from the disk, each value only when it is asked for. */
export class Hdf5 {
  readonly #library: Library
  readonly #module: Module
  readonly #file: File
  readonly #size: number
  #read = 0

  private constructor(library: Library, module: Module, file: File, size: number) {
    this.#library = library
    this.#module = module
    this.#file = file
    this.#size = size
  }

  /** @throws Failure `unreadable-file` for what is no HDF5 file, or a damaged one */
  static async open(path: string): Promise<Hdf5> {
    const { library, module } = await load()
    const { size } = statSync(path)
    const file = guarded(() => new library.File(path, 'r'))
    if (file.file_id < 0n) throw unreadable('The weights cannot be opened; the file is damaged or cut off.')
    return new Hdf5(library, module, file, size)
  }

  close(): void {
    try {
      this.#file.close()
    } catch {
      // Of a damaged file nothing is left to be closed.
    }
  }

  /** Whether there is a group of that path. */
  hasGroup(path: string): boolean {
    return this.#entity(path) instanceof this.#library.Group
  }

  /** Names in a group, sorted; none where it is not there. */
  names(path: string): string[] {
    const group = this.#entity(path)
    if (!(group instanceof this.#library.Group)) return []
    return guarded(() => group.keys())
  }

  /** An attribute of the file or a group as text, undefined where it is not there. */
  text(path: string, name: string): string | undefined {
    const value = this.#attribute(path, name)
    if (value instanceof Uint8Array) return new TextDecoder().decode(value)
    return typeof value === 'string' ? value : undefined
  }

  /** An attribute that is a list of names; a long one is cut into `name0`, `name1` and so on. */
  list(path: string, name: string): string[] | undefined {
    const whole = this.#attribute(path, name)
    if (whole !== undefined) return textsOf(whole)
    const parts: string[] = []
    for (let i = 0; ; i++) {
      const part = this.#attribute(path, `${name}${i}`)
      if (part === undefined) return i === 0 ? undefined : parts
      for (const text of textsOf(part)) parts.push(text)
      if (parts.length > MOST_NAMES) throw unreadable('The file names more weights than can be.')
    }
  }

  /**
   * The values of a dataset; half precision is widened, double narrowed. Its size is weighed against the file's before
   * anything is read.
   * @returns undefined where there is no dataset of that path
   */
  tensor(path: string): Tensor | undefined {
    const dataset = this.#entity(path)
    if (!(dataset instanceof this.#library.Dataset)) return undefined
    return guarded(() => this.#tensorOf(dataset, path))
  }

  #tensorOf(dataset: Dataset, path: string): Tensor {
    const { shape, size, type, signed, chunks, virtual_sources } = dataset.metadata
    const bytes = sizeOf(shape ?? []) * size
    if (!shape || virtual_sources || !Number.isSafeInteger(bytes))
      throw unreadable(`The weight "${path}" is damaged.`)
    this.#read += bytes
    const packed = chunks !== null && chunks !== undefined
    if ((!packed && bytes > this.#size) || this.#read > Math.max(ALWAYS_FINE, LARGEST_RATIO * this.#size))
      throw unreadable(`The weight "${path}" is said to be ${bytes} bytes, more than the file can hold.`)
    const floats = type === FLOAT
    // bfloat16, which HDF5 does not know, stands there as two bytes of no kind.
    if (size === 2 && (floats || type === OPAQUE || this.#attribute(path, 'dtype') === 'bfloat16'))
      return {
        dtype: 'float32',
        shape,
        data: this.#halves(dataset, bytes, floats ? fromFloat16 : fromBfloat16),
      }
    const value = dataset.value
    const data = typeof value === 'number' ? [value] : typeof value === 'bigint' ? [value] : value
    if (floats && (data instanceof Float64Array || size === 8))
      return { dtype: 'float32', shape, data: Float32Array.from(data as number[]) }
    if (floats && size === 4)
      return {
        dtype: 'float32',
        shape,
        data: data instanceof Float32Array ? data : Float32Array.from(data as number[]),
      }
    if (type === INTEGER && size === 8 && signed)
      return { dtype: 'int64', shape, data: BigInt64Array.from(data as bigint[]) }
    if (type === INTEGER && size === 4 && signed)
      return { dtype: 'int32', shape, data: Int32Array.from(data as number[]) }
    if (type === INTEGER && size === 1)
      return signed
        ? { dtype: 'int8', shape, data: Int8Array.from(data as number[]) }
        : { dtype: 'uint8', shape, data: Uint8Array.from(data as number[]) }
    throw unreadable(`The weight "${path}" is of a type that weights are not of.`)
  }

  /** The library has no array for 16 bits of a float, so its bytes are asked for. */
  #halves(dataset: Dataset, bytes: number, widen: (bits: number) => number): Float32Array {
    const at = this.#module._malloc(bytes)
    try {
      this.#module.get_dataset_data(dataset.file_id, dataset.path, null, null, null, BigInt(at))
      const copy = this.#module.HEAPU8.slice(at, at + bytes)
      return Float32Array.from(new Uint16Array(copy.buffer), widen)
    } finally {
      this.#module._free(at)
    }
  }

  #attribute(path: string, name: string): unknown {
    const entity = path === '' ? this.#file : this.#entity(path)
    if (!(entity instanceof this.#library.Group || entity instanceof this.#library.Dataset)) return undefined
    return guarded(() => {
      const { attrs } = entity
      return Object.hasOwn(attrs, name) ? (attrs[name]?.value ?? undefined) : undefined
    })
  }

  /** Steps down name by name: a path with a name that is not there is an error of the library's. */
  #entity(path: string): unknown {
    return guarded(() => {
      let group = this.#file as unknown
      for (const name of path.split('/').filter(Boolean)) {
        if (!(group instanceof this.#library.Group) || name === '.' || name === '..') return undefined
        if (!group.keys().includes(name)) return undefined
        group = group.get(name)
      }
      return group
    })
  }
}

/** Classes of types, `H5T_class_t`. */
const INTEGER = 0
const FLOAT = 1
const OPAQUE = 5

function textsOf(value: unknown): string[] {
  const list = Array.isArray(value) ? value.flat(4) : ArrayBuffer.isView(value) ? [] : [value]
  return list.map(item => (item instanceof Uint8Array ? new TextDecoder().decode(item) : String(item)))
}

/** The library throws texts, numbers and traps of WebAssembly at damaged files. */
function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof FailureError) throw cause
    if (cause instanceof WebAssembly.RuntimeError) traps++
    throw unreadable('The weights cannot be read; the file is damaged or cut off.', cause)
  }
}
