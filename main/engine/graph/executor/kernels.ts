import { canEvaluate } from '../evaluate/index.ts'
import { evaluated } from './evaluated.ts'
import type { Kernel } from './kernel.ts'
import { elementwise } from './kernels/elementwise.ts'
import { fusions } from './kernels/fused.ts'
import { image } from './kernels/image.ts'
import { linear } from './kernels/linear.ts'
import { movement } from './kernels/movement.ts'
import { normalization } from './kernels/normalization.ts'
import { quantized } from './kernels/quantized.ts'
import { reduction } from './kernels/reduction.ts'
import { source } from './kernels/source.ts'
import { window } from './kernels/window.ts'

/** How each operation is computed, by its name in a GraphDef. To know a new one, add a line to its family. */
const KERNELS: ReadonlyMap<string, Kernel> = new Map(
  [
    source,
    elementwise,
    linear,
    window,
    normalization,
    reduction,
    movement,
    image,
    quantized,
    fusions,
  ].flatMap(family => Object.entries(family)),
)

/** What the backend has no kernel for but constants are folded by is computed so, in plain memory. */
const exactly: Kernel = call => {
  const made = evaluated(call)
  if (!made) throw new Error('its inputs do not fit together')
  return made
}

/** The kernel of an operation, undefined where it cannot be computed here. */
export const kernelOf = (op: string): Kernel | undefined =>
  KERNELS.get(op) ?? (canEvaluate(op) ? exactly : undefined)

/** Whether the executor knows an operation; inputs are fed and need none. */
export const hasKernel = (op: string): boolean => kernelOf(op) !== undefined || op.startsWith('Placeholder')
