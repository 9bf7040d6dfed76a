import type { Port } from '../../graph/index.ts'
import { alignCorners, type FuseReport, fuseAll, inFront, modeOf, resizeInFront } from './fuseConv.ts'
import type { Pass } from './pass.ts'

/** `ResizeBilinear`, `MirrorPad` and the convolution behind them as `FusedResizeAndPadConv2D`. */
export const fuseResizePadAndConv: Pass<FuseReport> = {
  name: 'fuse_resize_pad_and_conv',
  title: 'Resizing and padding into convolutions',
  about:
    'Combines a resizing and a mirrored padding with the convolution behind them, for TensorFlow on a CPU.',
  arguments: [],
  run: graph =>
    fuseAll(graph, (draft, conv) => {
      const pad = inFront(draft, conv, 'MirrorPad')
      const resize = pad && resizeInFront(draft, pad)
      if (pad?.inputs.length !== 2 || resize?.inputs.length !== 2) return undefined
      return {
        op: 'FusedResizeAndPadConv2D',
        inputs: [...resize.inputs, pad.inputs[1] as Port, conv.inputs[1] as Port],
        attrs: { ...alignCorners(resize), ...modeOf(pad) },
        gone: [resize, pad],
      }
    }),
}
