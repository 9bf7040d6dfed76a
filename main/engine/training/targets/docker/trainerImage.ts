import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import type Docker from 'dockerode'
import { pack } from 'tar-stream'
import { fail } from '../../../kit/index.ts'
import { engineTrouble, statusOf, wordsOf } from './trouble.ts'

const run = promisify(execFile)

/** Our images: Node with the worker that also trains beside the window, and TensorFlow in Python for GPUs and workers. */
export type TrainerKind = 'node' | 'tensorflow' | 'tensorflow-gpu'

const NAMES: Record<TrainerKind, string> = {
  node: 'edgewright/trainer',
  tensorflow: 'edgewright/trainer-tensorflow',
  'tensorflow-gpu': 'edgewright/trainer-tensorflow-gpu',
}
/** Where it is made from an official image, when it is there or can be fetched; the Dockerfiles say the same. */
const NODE_BASE = 'node:24-bookworm-slim'
/** Marks our images and what they were made of. */
export const IMAGE_LABEL = 'edgewright.trainer'

/** What an image is made of. The same content gives the same tag, so an engine says by the tag whether it has this one. */
export interface Context {
  folder: string
  tag: string
}

export type Contexts = (kind: TrainerKind) => Promise<Context>

/**
 * The contexts of our images. In a build they lie beside the worker; in a clone they are made of the sources first.
 * @param worker the worker's file
 */
export function contextsOf(worker: string): Contexts {
  const bundled = worker.endsWith('.mjs')
  const root = resolve(worker, bundled ? '../../..' : '../../../..')
  // Sources change while an engine of a clone runs; what it began with is what its workers are.
  let built: Promise<unknown> | null = null
  return async kind => {
    if (!bundled)
      built ??= run(process.execPath, [join(root, 'main', 'build.ts'), 'images'], { cwd: root }).catch(
        cause => {
          built = null
          throw fail(
            'internal',
            `The trainer's image could not be put together: ${String(cause.stderr || cause).slice(0, 300)}.`,
            'Run npm ci, then do it again.',
            { cause },
          )
        },
      )
    await built
    // With and without CUDA it is the same program on another base.
    const folder = join(root, 'dist', 'images', kind === 'tensorflow-gpu' ? 'tensorflow' : kind)
    if (!existsSync(folder))
      throw fail('unsupported', `This build has no ${kind} image.`, 'Give an image of your own by --image.')
    const hash = createHash('sha256').update(process.version)
    for (const [name, bytes] of filesOf(folder)) hash.update(name).update('\0').update(bytes).update('\0')
    return { folder, tag: `${NAMES[kind]}:${hash.digest('hex').slice(0, 16)}` }
  }
}

const filesOf = (folder: string): [string, Buffer][] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
    .map(path => [relative(folder, path).replaceAll('\\', '/'), readFileSync(path)])

export async function hasImage(docker: Docker, name: string): Promise<string | null> {
  try {
    const { Id, RepoDigests } = await docker.getImage(name).inspect()
    return RepoDigests?.[0]?.split('@')[1] ?? Id
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}

/** An image by a name that means the same one on every computer: its digest in a registry, else its id. */
export async function idOf(docker: Docker, name: string): Promise<string> {
  const { Id, RepoDigests } = await docker.getImage(name).inspect()
  return RepoDigests?.[0] ?? Id
}

type Step = (words: string) => void

/**
 * Makes one of our images on an engine, unless it is there. Of Node's the base is an official image; an engine that has
 * none gets this computer's own Node where that can run there, so that no registry is needed.
 * @param base another image to build on
 * @returns its tag
 */
export async function ensureTrainer(
  docker: Docker,
  contexts: Contexts,
  kind: TrainerKind,
  { step, base, signal }: { step: Step; base?: string | undefined; signal: AbortSignal },
): Promise<string> {
  const { folder, tag } = await contexts(kind)
  if (base === undefined && (await hasImage(docker, tag))) return tag
  signal.throwIfAborted()
  step('building the trainer image')
  const from = base ?? (await baseOf(docker, kind, folder, step))
  const context = pack()
  for (const [name, bytes] of filesOf(folder))
    context.entry({ name, mtime: new Date(0) }, bytes).on('error', untold)
  context.finalize()
  try {
    const output = await docker.buildImage(context as unknown as NodeJS.ReadableStream, {
      t: tag,
      labels: { [IMAGE_LABEL]: kind },
      version: '1',
      abortSignal: signal,
      ...(from && { buildargs: { BASE: from } }),
    })
    await followed(docker, output)
  } catch (error) {
    signal.throwIfAborted()
    throw unbuilt(error, kind)
  }
  return tag
}

/** The image to build on where it is not the one that the Dockerfile names. */
async function baseOf(
  docker: Docker,
  kind: TrainerKind,
  folder: string,
  step: Step,
): Promise<string | undefined> {
  if (kind === 'node') return await nodeBase(docker, step)
  if (kind === 'tensorflow') return undefined
  // The official images with CUDA have the same names with an ending.
  const named = /^ARG BASE=(\S+)$/m.exec(readFileSync(join(folder, 'Dockerfile'), 'utf8'))?.[1]
  return named && `${named}-gpu`
}

/** The image that Node's is built on: the official one if it is there, else this computer's Node, else the official one. */
async function nodeBase(docker: Docker, step: Step): Promise<string> {
  if (await hasImage(docker, NODE_BASE)) return NODE_BASE
  const { Os, Arch } = await docker.version()
  const machine = { x64: 'amd64', arm64: 'arm64' }[process.arch as string]
  if (process.platform !== 'linux' || process.versions.electron || Os !== 'linux' || Arch !== machine)
    return NODE_BASE
  const own = `edgewright/node:${process.versions.node}`
  if (await hasImage(docker, own)) return own
  step("bringing this computer's Node")
  const image = pack()
  const file = (path: string, name = path) =>
    image
      .entry({ name: name.slice(1), mode: 0o755, mtime: new Date(0) }, readFileSync(realpathSync(path)))
      .on('error', untold)
  image.entry({ name: 'tmp', type: 'directory', mode: 0o1777 }).on('error', untold)
  file(process.execPath, '/usr/local/bin/node')
  // A bare Node says which libraries it needs; they go to where it looks for them.
  const { stdout } = await run(process.execPath, [
    '-p',
    'JSON.stringify(process.report.getReport().sharedObjects)',
  ])
  for (const library of JSON.parse(stdout) as string[]) if (library.startsWith('/')) file(library)
  image.finalize()
  const [repo, tag] = own.split(':') as [string, string]
  const output = await docker.importImage(image as unknown as NodeJS.ReadableStream, {
    repo,
    tag,
    changes: 'ENV PATH=/usr/local/bin:/usr/bin:/bin',
  })
  await followed(docker, output)
  return own
}

/** Parts of what is sent fail with the whole, which says so; of a part that nobody listens to, the program would end. */
const untold = () => {}

/** Puts an image on an engine, as `docker save` writes it. @returns what was loaded, in the engine's words */
export async function loadImage(docker: Docker, file: NodeJS.ReadableStream): Promise<string[]> {
  const told = await followed(docker, await docker.loadImage(file))
  return told.flatMap(({ stream }) => /Loaded image(?: ID)?: (\S+)/.exec(stream ?? '')?.[1] ?? [])
}

/** What an engine says of an archive in which no image lies. */
const NO_IMAGE = /\btar\b|archive|manifest\.json|repositories: no such file|unexpected EOF/i

/** The same of a file. @throws Failure not-found, bad-input where it holds no image */
export async function loadImageFile(docker: Docker, path: string): Promise<string[]> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw fail('not-found', `There is no image file ${path}.`, 'Check the path.')
  const none = (cause?: unknown) =>
    fail('bad-input', `${path} holds no image.`, 'Take a file that docker save wrote.', { cause })
  let loaded: string[]
  try {
    loaded = await loadImage(docker, createReadStream(path))
  } catch (error) {
    const said = wordsOf(error)
    throw NO_IMAGE.test(said) && !/no space left/i.test(said) ? none(error) : error
  }
  if (loaded.length === 0) throw none()
  return loaded
}

/** Makes sure that a person's own image is there, and fetches it where it is not. @returns its digest */
export async function ensureImage(
  docker: Docker,
  name: string,
  step: Step,
  signal: AbortSignal,
): Promise<string> {
  const there = await hasImage(docker, name)
  if (there) return there
  step(`fetching the image ${name}`)
  try {
    const tagged = /[:@][^/]*$/.test(name) ? name : `${name}:latest`
    await followed(docker, await docker.pull(tagged, { abortSignal: signal }))
  } catch (error) {
    signal.throwIfAborted()
    const trouble = engineTrouble(error)
    const full = /no space left/i.test(wordsOf(error))
    throw full
      ? trouble
      : fail(
          'not-found',
          `The image ${name} is not on this target, and could not be fetched: ${wordsOf(error).slice(0, 200)}.`,
          'Check its name; without a way to a registry, load it there with docker load.',
          { cause: error },
        )
  }
  return (await hasImage(docker, name)) ?? name
}

interface Told {
  stream?: string
  error?: string
}

/** Reads what an engine says while it builds, fetches or loads. @throws Error what it ended with */
function followed(docker: Docker, output: NodeJS.ReadableStream): Promise<Told[]> {
  return new Promise((resolve, reject) =>
    docker.modem.followProgress(output, (error, told: Told[]) => {
      const trouble = error ?? told?.find(line => line.error)?.error
      if (trouble) reject(trouble instanceof Error ? trouble : new Error(String(trouble)))
      else resolve(told)
    }),
  )
}

function unbuilt(error: unknown, kind: TrainerKind): unknown {
  const said = wordsOf(error)
  if (/no space left/i.test(said)) return engineTrouble(Object.assign(new Error(said), { statusCode: 500 }))
  return fail(
    'not-found',
    `The ${kind === 'node' ? '' : 'TensorFlow '}trainer image could not be built on this target: ${said.slice(0, 200)}.`,
    'Let the target reach an image registry, name a base image that it has by "training target prepare NAME --base IMAGE", or bring the image as a file: "training target prepare NAME --from image.tar".',
    { cause: error },
  )
}
