import { type Engine, GPU_PIECE, type GpuAsked, type GpuFile, type GpuSaid } from '#contract'
import { failureOf } from '../engine/failure.ts'

/** The engine's own training, made for the browser when the window was built. */
const PROGRAM = '/gpu.js'

type Door = Pick<Engine['training'], 'gpuData' | 'gpuTell' | 'gpuGive'>

/**
 * Carries out a task in a worker of its own, which this page stands in for: what it asks for comes from the engine, what
 * it says goes there.
 * @returns ends it at once; what it gave before is kept
 */
export function carryOut(door: Door, task: string, gpu: string): () => void {
  const worker = new Worker(PROGRAM, { type: 'module' })
  const say = (said: GpuSaid, transfer: Transferable[] = []) => worker.postMessage(said, transfer)
  const stop = () => worker.terminate()

  // One after another, so that they arrive in the order in which they were said.
  let told: Promise<unknown> = Promise.resolve()
  const tell = (message: Extract<GpuAsked, { kind: 'tell' }>['message']) => {
    // The engine that does not want to hear it has given the task up.
    told = told.then(() => door.gpuTell({ task, message })).catch(stop)
  }

  async function read(file: GpuFile['read']): Promise<ArrayBuffer | null> {
    let all: Uint8Array<ArrayBuffer> | undefined
    for (let offset = 0; !all || offset < all.length; ) {
      const { size, data } = await door.gpuData({ task, file, offset })
      if (size === null) return null
      all ??= new Uint8Array(size)
      if (data.size === 0) break
      all.set(new Uint8Array(await data.arrayBuffer()), offset)
      offset += data.size
    }
    return all.buffer
  }

  async function give(file: GpuFile['given'], bytes: Uint8Array<ArrayBuffer>): Promise<null> {
    for (let offset = 0; offset < bytes.length; offset += GPU_PIECE) {
      const data = new Blob([bytes.subarray(offset, offset + GPU_PIECE)])
      await door.gpuGive({ task, file, offset, last: offset + GPU_PIECE >= bytes.length, data })
    }
    return null
  }

  worker.addEventListener('message', ({ data: asked }: MessageEvent<GpuAsked>) => {
    if (asked.kind === 'tell') return tell(asked.message)
    const { number } = asked
    const answer = asked.kind === 'read' ? read(asked.file) : give(asked.file, asked.bytes)
    answer.then(
      bytes => say({ kind: 'answer', number, bytes }, bytes ? [bytes] : []),
      reason => say({ kind: 'answer', number, bytes: null, refused: failureOf(reason).message }),
    )
  })
  worker.addEventListener('error', ({ message }) =>
    tell({
      kind: 'failed',
      failure: {
        code: 'training-failed',
        message: `The GPU's worker does not run${message ? `: ${message}` : '.'}`,
        remedy: 'Load the window again, or choose another target.',
      },
    }),
  )
  say({ kind: 'begin', gpu })
  return stop
}
