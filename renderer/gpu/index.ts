/** Lends the GPU of this computer to the engine, from a page or from a window that nobody sees. */
import { bridge } from '../engine/bridge.ts'
import type { Connection } from '../engine/client.ts'
import { adapterName } from './adapter.ts'
import { lendGpu } from './lend.ts'

/**
 * Lends the GPU, once the page has nothing more urgent to do. Under Electron a window that nobody sees does it, so that
 * work goes on when this page is loaded again; it is made only where there is a GPU to lend.
 */
export async function offerGpu(connection: Connection): Promise<void> {
  const { lendGpu: fromShell } = bridge()
  if (!fromShell) return await lendGpu(connection)
  if ((await adapterName()) !== null) await fromShell()
}
