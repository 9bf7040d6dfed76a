import { attr, type Port } from '../../graph/index.ts'
import { alignCorners, type FuseReport, fuseAll, noPaddings, resizeInFront } from './fuseConv.ts'
import type { Pass } from './pass.ts'

/** `ResizeBilinear` and the convolution behind it as `FusedResizeAndPadConv2D`. */
export const fuseResizeAndConv: Pass<FuseReport> = {
  name: 'fuse_resize_and_conv',
  title: 'Resizing into convolutions',
  about: 'Combines a resizing with the convolution behind it, for TensorFlow on a CPU.',
  arguments: [],
  run: graph =>
    fuseAll(graph, (draft, conv) => {
      const resize = resizeInFront(draft, conv)
      if (resize?.inputs.length !== 2) return undefined
      return {
        op: 'FusedResizeAndPadConv2D',
        inputs: [...resize.inputs, noPaddings(draft, conv), conv.inputs[1] as Port],
        attrs: { ...alignCorners(resize), mode: attr.string('REFLECT') },
        gone: [resize],
      }
    }),
}
