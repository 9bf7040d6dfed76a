import type { Pass } from './pass.ts'
import { setDevice } from './setDevice.ts'

/** Lets every node run wherever the runtime likes. */
export const removeDevice: Pass<{ changed: number }> = {
  name: 'remove_device',
  title: 'On no certain device',
  about: 'Removes what nodes say about the device that they are to run on.',
  arguments: [],
  run: graph => setDevice.run(graph),
}
