import type { Tensor4D } from '@tensorflow/tfjs'
import { type Family, flag, type Kernel, operandAt, tensorAt, wholes } from '../kernel.ts'

type Size = [number, number]

const bilinear: Kernel = ({ tf, node, inputs }) => {
  const [x, size] = [tensorAt<Tensor4D>(inputs, 0), wholes(operandAt(inputs, 1)) as Size]
  return tf.image.resizeBilinear(x, size, flag(node, 'align_corners'), flag(node, 'half_pixel_centers'))
}

const nearest: Kernel = ({ tf, node, inputs }) => {
  const x = tensorAt<Tensor4D>(inputs, 0)
  const [rows, columns] = wholes(operandAt(inputs, 1)) as Size
  const along = (from: number, to: number) =>
    tf.tensor1d(places(from, to, flag(node, 'align_corners'), flag(node, 'half_pixel_centers')), 'int32')
  return tf.gather(tf.gather(x, along(x.shape[1], rows), 1), along(x.shape[2], columns), 2)
}

/** Which row of the old image each row of the new one shows, in single precision as TensorFlow's kernel has it. */
function places(from: number, to: number, align: boolean, half: boolean): Int32Array {
  const scale = Math.fround(align && to > 1 ? (from - 1) / (to - 1) : from / to)
  return Int32Array.from({ length: to }, (_, i) => {
    const at = Math.fround((half ? i + 0.5 : i) * scale)
    return Math.min(Math.max(align ? Math.floor(at + 0.5) : Math.floor(at), 0), from - 1)
  })
}

/** Images of another size. */
export const image: Family = {
  ResizeBilinear: bilinear,
  ResizeNearestNeighbor: nearest,
}
