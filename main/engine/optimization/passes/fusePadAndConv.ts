import type { Port } from '../../graph/index.ts'
import { type FuseReport, fuseAll, inFront, modeOf } from './fuseConv.ts'
import type { Pass } from './pass.ts'

/** `MirrorPad` and the convolution behind it as `FusedPadConv2D`, which needs no padded image in memory. */
export const fusePadAndConv: Pass<FuseReport> = {
  name: 'fuse_pad_and_conv',
  title: 'Padding into convolutions',
  about: 'Combines a mirrored padding with the convolution behind it, for TensorFlow on a CPU.',
  arguments: [],
  run: graph =>
    fuseAll(graph, (draft, conv) => {
      const pad = inFront(draft, conv, 'MirrorPad')
      if (pad?.inputs.length !== 2) return undefined
      return {
        op: 'FusedPadConv2D',
        inputs: [...pad.inputs, conv.inputs[1] as Port],
        attrs: modeOf(pad),
        gone: [pad],
      }
    }),
}
