import { fail } from '../../../kit/index.ts'
import type { Demands } from '../target.ts'
import type { RayNode } from './api.ts'

/** What each worker of a run asks of Ray. */
export interface Asked {
  workers: number
  /** Cores; null: one for the scheduler, and as many threads as TensorFlow likes. */
  cpus: number | null
  gpus: number
  /** Bytes; null: not said. */
  memory: number | null
}

/** @throws Failure `unsupported` for what a Ray cluster cannot do */
export function askedOf(demands: Demands | undefined, nodes: RayNode[]): Asked {
  const { workers = 1, cpus = null, memoryMb, gpus, image } = demands ?? {}
  if (image !== undefined)
    throw fail(
      'unsupported',
      'A Ray cluster runs a program in its own Python, not in an image.',
      'Leave out the image, or choose a Docker target.',
    )
  if (gpus?.startsWith('device='))
    throw fail(
      'unsupported',
      'Ray itself chooses which GPUs a run gets.',
      'Say how many, or "all" for all of a node.',
    )
  const most = Math.max(0, ...nodes.map(node => node.gpus))
  return {
    workers,
    cpus,
    gpus: gpus === undefined ? 0 : gpus === 'all' ? Math.max(1, most) : Number(gpus),
    memory: memoryMb === undefined ? null : memoryMb * 2 ** 20,
  }
}

/** @throws Failure `unsupported` when the nodes never have room, though nothing else ran on them */
export function mustFit(asked: Asked, nodes: RayNode[]): void {
  const { workers, cpus, gpus, memory } = asked
  const each = (has: number, wants: number) =>
    wants > 0 ? Math.floor(has / wants) : Number.POSITIVE_INFINITY
  const room = nodes.reduce(
    (sum, node) =>
      sum + Math.min(each(node.cpus, cpus ?? 1), each(node.gpus, gpus), each(node.memory, memory ?? 0)),
    0,
  )
  if (room >= workers) return
  const wants = [
    `${counted(cpus ?? 1, 'core')}`,
    ...(gpus ? [counted(gpus, 'GPU')] : []),
    ...(memory ? [gigabytes(memory)] : []),
  ]
  const many =
    workers === 1
      ? `The run asks for ${list(wants)}`
      : `The run asks for ${workers} workers with ${list(wants)} each`
  throw fail(
    'unsupported',
    `${many}, and the cluster has ${sizeOf(nodes)}: it would wait forever.`,
    'Ask for less, or add nodes to the cluster.',
  )
}

/** "2 nodes with 16 cores, 1 GPU and 60 GB" */
export function sizeOf(nodes: RayNode[]): string {
  const sum = (of: (node: RayNode) => number) => nodes.reduce((all, node) => all + of(node), 0)
  const gpus = sum(node => node.gpus)
  return `${counted(nodes.length, 'node')} with ${list([
    counted(
      sum(node => node.cpus),
      'core',
    ),
    gpus ? counted(gpus, 'GPU') : 'no GPU',
    gigabytes(sum(node => node.memory)),
  ])}`
}

export const gigabytes = (bytes: number): string =>
  bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)} MB` : `${Math.round((bytes / 2 ** 30) * 10) / 10} GB`

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`
const list = (parts: string[]) =>
  parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
