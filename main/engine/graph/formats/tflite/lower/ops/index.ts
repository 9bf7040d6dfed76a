import type { Lowering } from '../builder.ts'
import { ACTIVATION } from './activation.ts'
import { CONVOLUTION } from './convolution.ts'
import { DENSE } from './dense.ts'
import { EINSUM } from './einsum.ts'
import { ELEMENTWISE } from './elementwise.ts'
import { GATHERING } from './gathering.ts'
import { IMAGE } from './image.ts'
import { NORMALIZATION } from './normalization.ts'
import { PASSING } from './passing.ts'
import { POOLING } from './pooling.ts'
import { QUANTIZATION } from './quantization.ts'
import { REDUCTION } from './reduction.ts'
import { SHAPE } from './shape.ts'
import { SLICING } from './slicing.ts'

/** What each TensorFlow operation becomes. To know a new one, add a line to the file of its family. */
export const LOWERINGS: Record<string, Lowering> = {
  ...ACTIVATION,
  ...CONVOLUTION,
  ...DENSE,
  ...EINSUM,
  ...ELEMENTWISE,
  ...GATHERING,
  ...IMAGE,
  ...NORMALIZATION,
  ...PASSING,
  ...POOLING,
  ...QUANTIZATION,
  ...REDUCTION,
  ...SHAPE,
  ...SLICING,
}
