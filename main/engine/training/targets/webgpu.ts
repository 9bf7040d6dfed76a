import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { atomicWrite, fail } from '../../kit/index.ts'
import { topologyOf } from '../trainers/index.ts'
import { FILES, type Work } from '../work.ts'
import type { Done, Target } from './target.ts'
import { type GpuDoor, openLending } from './webgpu/lending.ts'

const OPEN = 'Open the window in a browser with WebGPU, such as a recent Chrome or Edge.'

/**
 * The GPU of this computer, whatever its make: a page of ours that is open lends it, by the browser's WebGPU. There is
 * nothing to install, and nothing to be had without such a page.
 */
export function webgpuTarget(): Target & { door: GpuDoor } {
  const lending = openLending()
  const ready = () => {
    const names = lending.names()
    return names.length > 0
      ? { ready: true, why: `${names.join(', ')}, lent by a window that is open.` }
      : { ready: false, why: `No window lends a GPU. ${OPEN}` }
  }
  return {
    name: 'webgpu',
    kind: 'webgpu',
    title: "This computer's GPU",
    outlives: false,
    ready,
    check: async () => {
      const { ready: isReady, why } = ready()
      return isReady
        ? [
            { name: 'reachable', state: 'ok', says: 'A window of this workbench is open.', remedy: null },
            { name: 'gpu', state: 'ok', says: why, remedy: null },
          ]
        : [{ name: 'gpu', state: 'failed', says: 'No window lends a GPU.', remedy: OPEN }]
    },
    async run(folder, options): Promise<Done> {
      const work = JSON.parse(readFileSync(join(folder, FILES.work), 'utf8')) as Work
      if (work.kind !== 'train')
        throw fail('unsupported', 'A GPU in a window trains our own nets only.', 'Choose another target.')
      if (work.backend !== 'auto')
        throw fail(
          'unsupported',
          `The backend ${work.backend} does not run on a GPU in a window.`,
          'Choose the automatic backend, or the target "local".',
        )
      const done = await lending.train(folder, work, options)
      atomicWrite(join(folder, FILES.topology), JSON.stringify(topologyOf(work.net, work.trainer)))
      return done
    },
    door: lending.door,
  }
}
