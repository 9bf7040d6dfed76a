import { activations } from './activations.ts'
import { arithmetic } from './arithmetic.ts'
import type { Raise } from './call.ts'
import { convolutions } from './convolutions.ts'
import { dense } from './dense.ts'
import { images } from './images.ts'
import { pooling } from './pooling.ts'
import { quantization } from './quantization.ts'
import { reductions } from './reductions.ts'
import { shaping } from './shaping.ts'
import { slicing } from './slicing.ts'

/** How each operator becomes TensorFlow's operations. To know a new one, add it to its family. */
export const OPERATORS: Record<string, Raise> = {
  ...activations,
  ...arithmetic,
  ...convolutions,
  ...dense,
  ...images,
  ...pooling,
  ...quantization,
  ...reductions,
  ...shaping,
  ...slicing,
}
