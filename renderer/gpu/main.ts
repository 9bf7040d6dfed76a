/** The entry of the window that nobody sees; see `index.ts`. */
import { connect } from '../engine/client.ts'
import { lendGpu } from './lend.ts'

void lendGpu(connect())
