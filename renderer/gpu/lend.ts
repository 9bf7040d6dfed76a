import type { Connection } from '../engine/client.ts'
import { follow } from '../engine/stream.ts'
import { adapterName } from './adapter.ts'
import { carryOut } from './carryOut.ts'

/** Lends the GPU of this computer to the engine for as long as this page is open; does nothing where there is none. */
export async function lendGpu(connection: Connection): Promise<void> {
  const name = await adapterName()
  if (name === null) return
  const { training } = connection.engine
  follow(connection, async signal => {
    let stop = () => {}
    let current: string | null = null
    try {
      for await (const word of await training.gpuOffers({ name }, { signal })) {
        if (word.kind === 'train') {
          stop()
          current = word.task
          stop = carryOut(training, word.task, name)
        } else if (word.kind === 'stop' && word.task === current) stop()
      }
    } finally {
      // Nobody waits for it any more.
      stop()
    }
  })
}
