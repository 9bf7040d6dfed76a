import type Docker from 'dockerode'
import type { TargetCheck, TargetSpec } from '#contract'
import { failureOf } from '../../../kit/index.ts'
import { readAnswers, runHelper } from './helper.ts'
import { openPatience } from './patience.ts'
import { gpuRequest } from './program.ts'
import { reach } from './run.ts'
import { otherNodes } from './swarm/nodes.ts'
import { type Contexts, hasImage } from './trainerImage.ts'
import { engineTrouble, lineTrouble, noGpu } from './trouble.ts'

const GB = 2 ** 30
/** Less than this is soon used up by data, images and checkpoints. */
const LITTLE_DISK = 5 * GB
const LITTLE_MEMORY = GB
/** Of the version 1 of the API; Docker 20.10 answers with 1.41. */
const OLDEST_API = 40

/** Looks at everything that a run needs on an engine: each thing in one sentence with its figures. */
export async function checkEngine(
  docker: Docker,
  spec: TargetSpec,
  contexts: Contexts,
  signal: AbortSignal,
): Promise<TargetCheck[]> {
  const checks: TargetCheck[] = []
  const add = (
    name: TargetCheck['name'],
    state: TargetCheck['state'],
    says: string,
    remedy: string | null = null,
  ) => void checks.push({ name, state, says, remedy })
  const failed = (name: TargetCheck['name'], state: 'failed' | 'warning', error: unknown) => {
    const { message, remedy } = failureOf(engineTrouble(lineTrouble(error, spec)))
    add(name, state, message, remedy)
  }
  const where = spec.address ?? 'The container engine'
  try {
    await reach(docker, spec)
    add('reachable', 'ok', `${where} answers.`)
  } catch (error) {
    failed('reachable', 'failed', error)
    return checks
  }
  try {
    const [version, info] = await Promise.all([docker.version(), docker.info()])
    const says = `Docker Engine ${version.Version} (API ${version.ApiVersion}) on ${info.OSType}/${version.Arch}, ${info.NCPU} processors.`
    if (info.OSType !== 'linux')
      add('engine', 'failed', says, 'It runs Windows containers; switch it to Linux containers.')
    else if (Number(version.ApiVersion.split('.')[1]) < OLDEST_API)
      add('engine', 'failed', says, 'It is too old; update Docker to 20.10 or newer.')
    else add('engine', 'ok', says)

    const others = await otherNodes(docker)
    if (others.length > 0)
      add(
        'workers',
        'ok',
        `It manages a swarm: several workers of a run are shared out with ${others.map(({ name }) => name).join(', ')}.`,
      )

    const tag = (await contexts('node')).tag
    const image = await hasImage(docker, tag)
    if (image) add('image', 'ok', `The trainer image is there (${tag}); ${info.Images} images in all.`)
    else
      add(
        'image',
        'warning',
        `The trainer image is not there yet (${info.Images} images in all); it is made before the first run.`,
        `To make it now: training target prepare ${spec.name}.`,
      )
    await lookInside(image ? tag : null, info.MemTotal)
  } catch (error) {
    failed('engine', 'failed', error)
  }
  return checks

  async function lookInside(image: string | null, memoryTotal: number): Promise<void> {
    const patience = openPatience(spec, { signal, told: () => {}, worth: 0 })
    const common = { mounts: [], patience, signal }
    const runtimes = Object.keys((await docker.info()).Runtimes ?? {})
    if (image === null) {
      if (runtimes.includes('nvidia')) add('gpu', 'ok', 'The NVIDIA runtime is installed.')
      else failed('gpu', 'warning', noGpu())
      add('memory', 'ok', `${gb(memoryTotal)} of memory in all.`)
      add('disk', 'warning', 'How much disk is free is known when the trainer image is there.', null)
      return
    }
    try {
      const host = { DeviceRequests: [gpuRequest('all')] }
      await runHelper(docker, { ...common, image, args: ['nothing'], host })
      add('gpu', 'ok', 'Containers get GPUs here.')
    } catch (error) {
      failed('gpu', 'warning', error)
    }
    try {
      const [space] = readAnswers<{ disk: number; memory: number }>(
        await runHelper(docker, { ...common, image, args: ['space', '/tmp'] }),
      )
      const { disk, memory } = space as { disk: number; memory: number }
      const little = disk < LITTLE_DISK
      add(
        'disk',
        little ? 'warning' : 'ok',
        `${gb(disk)} of disk are free.`,
        little ? `Free some: training target tidy ${spec.name} removes the data of earlier runs.` : null,
      )
      const short = memory < LITTLE_MEMORY
      add(
        'memory',
        short ? 'warning' : 'ok',
        `${gb(memory)} of ${gb(memoryTotal)} memory are free.`,
        short ? 'End other programs there.' : null,
      )
    } catch (error) {
      failed('disk', 'failed', error)
    }
  }
}

const gb = (bytes: number): string => `${(bytes / GB).toFixed(1)} GB`
