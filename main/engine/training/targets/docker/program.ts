import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import type Docker from 'dockerode'
import { fail } from '../../../kit/index.ts'
import { FILES, PLACES, type ScriptWork, type Work } from '../../work.ts'
import type { Demands } from '../target.ts'
import { WORK } from './deliver.ts'
import type { TrainerKind } from './trainerImage.ts'

/** What is started in a container, without where and with how much. */
export interface Program {
  /** A person's own image; null: ours. */
  image: string | null
  /** Which of ours trains, or stands beside. */
  trainer: TrainerKind
  /** Undefined: what the image says. */
  entrypoint?: string[]
  command?: string[]
  env: Record<string, string>
  /** A person's own: it is given a tracking server, and its event files are read while it runs. */
  own: boolean
}

export const TRACKING_PORT = 5000

/** @param folder a work folder with its `work.json` */
export function programOf(folder: string, demands: Demands): Program {
  const work = JSON.parse(readFileSync(join(folder, FILES.work), 'utf8')) as Work
  if (work.kind === 'script') return scriptProgram(folder, work)
  const several = demands.workers > 1
  // Only TensorFlow in Python uses NVIDIA's GPUs and several workers.
  const python = wantsGpus(demands.gpus) || several || demands.mixedPrecision || wantsPython(work)
  return {
    image: demands.image ?? null,
    ...trainerOf(demands, python),
    env: {},
    own: false,
  }
}

/** Our image, and what it is told behind the name of the folder. */
function trainerOf({ gpus, mixedPrecision }: Demands, python: boolean): Pick<Program, 'trainer' | 'command'> {
  if (!python) return { trainer: 'node' }
  const flags = [
    ...(wantsGpus(gpus) ? ['--gpus', gpus] : []),
    ...(mixedPrecision ? ['--mixed-precision'] : []),
  ]
  return { trainer: wantsGpus(gpus) ? 'tensorflow-gpu' : 'tensorflow', command: [WORK, ...flags] }
}

export const wantsGpus = (gpus: string | undefined): gpus is string => gpus !== undefined && gpus !== '0'

const wantsPython = (work: { backend: string }) => /python|keras/.test(work.backend)

/** What runs a file by its ending. */
const RUNNERS: Record<string, string[]> = {
  '.py': ['python3', '-u'],
  '.sh': ['sh'],
  '.js': ['node'],
  '.mjs': ['node'],
  '.cjs': ['node'],
  '.ts': ['node'],
  '.r': ['Rscript'],
  '.R': ['Rscript'],
  '.jl': ['julia'],
}

function scriptProgram(folder: string, { image, script, command, env }: ScriptWork): Program {
  const absolute = (name: string) => (posix.isAbsolute(name) ? name : posix.join(WORK, name))
  const places = Object.entries(env).map(([name, value]) => [
    name,
    PLACES.includes(name) ? absolute(value) : value,
  ])
  const words = command ?? (script === undefined ? undefined : scriptWords(folder, script, absolute))
  return {
    image: image ?? null,
    trainer: 'node',
    // The words are all of the command line: an image's own entry point would take them for its arguments.
    ...(words && { entrypoint: words.slice(0, 1), command: words.slice(1) }),
    env: { PYTHONUNBUFFERED: '1', ...Object.fromEntries(places) },
    own: true,
  }
}

function scriptWords(folder: string, script: string, absolute: (name: string) => string): string[] {
  const ours = existsSync(join(folder, script))
  const runner = RUNNERS[posix.extname(script)]
  if (!runner && ours)
    throw fail(
      'unsupported',
      `Nothing is known that runs ${posix.basename(script)}.`,
      `Take a script that ends with one of ${Object.keys(RUNNERS).join(', ')}.`,
    )
  return [...(runner ?? []), ours ? absolute(script) : script]
}

/** `all`, how many, or `device=0,2`, as the engine takes it. */
export function gpuRequest(gpus: string): Docker.DeviceRequest {
  const common = { Driver: '', Capabilities: [['gpu', 'utility']], Options: {} }
  if (gpus === 'all') return { ...common, Count: -1 }
  if (gpus.startsWith('device=')) return { ...common, DeviceIDs: gpus.slice('device='.length).split(',') }
  return { ...common, Count: Number(gpus) }
}

/** Limits and devices of a container. */
export function limitsOf(demands: Demands): Docker.HostConfig {
  const { memoryMb, cpus, shmMb, gpus } = demands
  const memory = memoryMb === undefined ? undefined : memoryMb * 2 ** 20
  return {
    // The same limit for memory and swap: a program that swaps is slower than one that fails.
    ...(memory !== undefined && { Memory: memory, MemorySwap: memory }),
    ...(cpus !== undefined && { NanoCpus: Math.round(cpus * 1e9) }),
    ...(shmMb !== undefined && { ShmSize: shmMb * 2 ** 20 }),
    ...(wantsGpus(gpus) && { DeviceRequests: [gpuRequest(gpus)] }),
    SecurityOpt: ['no-new-privileges'],
    Init: true,
    // All of the output is kept until it was read here, whatever the engine's own habit.
    LogConfig: { Type: 'json-file', Config: {} },
  }
}
