import type { Lowering } from './lowering.ts'
import { broadcast, isPlace, type Place } from './place.ts'
import { recurrent, reversed } from './recurrent.ts'
import { joined, reshaped } from './shapes.ts'
import { wrappedBy } from './slots.ts'
import type { LayerDef } from './topology.ts'

/** A recurrent layer forwards and another one backwards, put together step by step. */
export const bidirectional: Lowering = (builder, ...inputs) => {
  const { layer } = builder.scope
  const whole: LayerDef = { ...layer, calls: [], calculation: false }
  const [forward, backward] = wrappedBy(whole)
  if (!forward || !backward) throw builder.damaged('does not say which layer goes both ways')
  const [input, ...listed] = inputs
  const states = listed.length > 0 ? listed : [builder.kwargs.initial_state].flat().filter(isPlace)
  const half = states.length / 2
  const run = ({ part, layer: inner }: typeof forward, from: Place[]) =>
    builder.wrapped(part, inner, () => [recurrent(builder, input as Place, ...from)].flat())
  const [there, ...thereStates] = run(forward, states.slice(0, half)) as [Place, ...Place[]]
  const [back, ...backStates] = run(backward, states.slice(half)) as [Place, ...Place[]]
  const sequences = there.shape.length === 3
  const turned = sequences ? reversed(builder, back) : back
  const mode =
    builder.scope.layer.config.merge_mode === null ? 'none' : builder.option('merge_mode', 'concat')
  const shape = broadcast(there.shape, turned.shape)
  const merged = (): Place[] => {
    if (mode === 'none') return [there, turned]
    if (mode === 'concat') return [joined(builder, [there, turned], there.shape.length - 1)]
    if (mode === 'sum') return [builder.add('AddV2', 'add', [there, turned], shape)]
    if (mode === 'mul') return [builder.add('Mul', 'mul', [there, turned], shape)]
    if (mode === 'ave')
      return [builder.pair('Mul', 'truediv', builder.add('AddV2', 'add', [there, turned], shape), 0.5)]
    throw builder.unsupported(`joins its two directions by "${mode}"`)
  }
  const results = merged().map(place => (sequences && input?.mask ? { ...place, mask: input.mask } : place))
  return [...results, ...thereStates, ...backStates]
}

/** One layer for each step by itself: the steps are rows of a larger batch to it. */
export const timeDistributed: Lowering = (builder, x) => {
  const input = x as Place
  const { layer } = builder.scope
  const [wrapped] = wrappedBy({ ...layer, calls: [], calculation: false })
  if (!wrapped) throw builder.damaged('does not say which layer it applies')
  const [, steps, ...inner] = input.shape as [number, number, ...number[]]
  if (steps < 0 || inner.some(size => size < 0))
    throw builder.unsupported(
      'does not know the shape of its input',
      'Give the model an input of a fixed shape.',
    )
  const rows = reshaped(builder, input, [-1, ...inner])
  const results = builder.wrapped(wrapped.part, wrapped.layer, () =>
    builder.lower(builder, wrapped.layer, [rows]),
  )
  return results.map((place, i) =>
    reshaped(
      builder,
      place,
      [-1, steps, ...place.shape.slice(1)],
      i === 0 ? 'Reshape_1' : `Reshape_${i + 1}`,
    ),
  )
}
