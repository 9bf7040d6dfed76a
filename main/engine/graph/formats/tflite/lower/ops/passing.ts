import type { Lowering } from '../builder.ts'

const handOn: Lowering = (builder, node) =>
  node.inputs.forEach((port, i) => {
    builder.alias(node, builder.valueOf(port), i)
  })

const handOnFirst: Lowering = (builder, node) => builder.alias(node, builder.input(node, 0))

/** Operations that hand on what they get: they watch, stop gradients or name things. */
export const PASSING: Record<string, Lowering> = Object.fromEntries([
  ['IdentityN', handOn],
  ...`Identity StopGradient PreventGradient Snapshot DeepCopy CheckNumerics CheckNumericsV2 EnsureShape Print
    PlaceholderWithDefault`
    .split(/\s+/)
    .map(name => [name, handOnFirst]),
])
