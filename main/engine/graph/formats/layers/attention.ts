import { attr } from '../../graph.ts'
import type { GraphBuilder } from './builder.ts'
import { alongAxis, cast, transpose } from './functions.ts'
import type { Lowering } from './lowering.ts'
import { broadcast, isPlace, type Place } from './place.ts'
import { expanded, reshaped } from './shapes.ts'

function multiplied(builder: GraphBuilder, a: Place, b: Place, turned: boolean, suffix: string): Place {
  const columns = b.shape.at(turned ? -2 : -1) as number
  const ahead = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2))
  return builder.add('BatchMatMulV2', suffix, [a, b], [...ahead, a.shape.at(-2) as number, columns], {
    adj_x: attr.bool(false),
    adj_y: attr.bool(turned),
  })
}

/** Scores with what must not be looked at made so small that the softmax gives it nothing. */
function hidden(builder: GraphBuilder, scores: Place, visible: Place | undefined, far = -1e9): Place {
  if (!visible) return scores
  const away = builder.pair('Sub', 'mask/sub', 1, cast(builder, visible, 'float32'))
  return builder.pair('AddV2', 'mask/add', scores, builder.pair('Mul', 'mask/mul', away, far))
}

/** Ones on and below the diagonal: a step looks at those before it. */
function causal(builder: GraphBuilder, rows: number, columns: number): Place {
  if (rows < 0 || columns < 0) throw builder.unsupported('hides later steps of a number that is open')
  const values = Float32Array.from({ length: rows * columns }, (_, i) =>
    i % columns <= Math.floor(i / columns) ? 1 : 0,
  )
  return builder.floats('causal_mask', values, [rows, columns])
}

/** Vaswani et al., Attention Is All You Need, arXiv:1706.03762, over one axis of steps. */
export const multiHeadAttention: Lowering = (builder, ...inputs) => {
  const [query, value, key] = threeOf(builder, inputs)
  const axes = builder.option<number[] | number>('attention_axes', [1])
  if ([query, key, value].some(({ shape }) => shape.length !== 3) || [axes].flat()[0] !== 1)
    throw builder.unsupported('looks along other axes than one of steps')
  if (builder.option('use_gate', false) || builder.option('sliding_window', undefined) !== undefined)
    throw builder.unsupported('looks through a gate or a sliding window')
  const heads = builder.option('num_heads', 1)
  const size = builder.option('key_dim', 1)
  const depth = builder.option('value_dim', size)

  /** `[batch, steps, features]` as `[batch, heads, steps, size]`. */
  const headsOf = (x: Place, part: string, each: number): Place => {
    const [, steps, features] = x.shape as [number, number, number]
    if (steps < 0 || features < 0) throw builder.unsupported('takes a number of steps that is open')
    const wide = heads * each
    const kernel = inPart(builder, `${part}_dense`, () =>
      builder.weight('kernel', `${part}/kernel/ReadVariableOp`, [features, heads, each]),
    )
    const matrix = reshaped(builder, kernel, [features, wide], `${part}/kernel/Reshape`)
    const rows = reshaped(builder, x, [-1, features], `${part}/Reshape`)
    let made = builder.add('MatMul', `${part}/MatMul`, [rows, matrix], [-1, wide], {
      transpose_a: attr.bool(false),
      transpose_b: attr.bool(false),
    })
    if (builder.option('use_bias', true)) {
      const bias = inPart(builder, `${part}_dense`, () =>
        builder.weight('bias', `${part}/bias/ReadVariableOp`, [heads, each]),
      )
      const flat = reshaped(builder, bias, [wide], `${part}/bias/Reshape`)
      made = builder.add('BiasAdd', `${part}/BiasAdd`, [made, flat], made.shape, {
        data_format: attr.string('NHWC'),
      })
    }
    const apart = reshaped(builder, made, [-1, steps, heads, each], `${part}/Reshape_1`)
    return transpose(builder, apart, [0, 2, 1, 3], `${part}/transpose`)
  }
  const q = builder.pair('Mul', 'mul', headsOf(query, 'query', size), 1 / Math.sqrt(size))
  const [k, v] = [headsOf(key, 'key', size), headsOf(value, 'value', depth)]
  const scores = multiplied(builder, q, k, true, 'scores/MatMul')
  const visible = visibility(builder, query, value, key, scores.shape)
  const weights = alongAxis('Softmax')(builder, hidden(builder, scores, visible))
  const seen = transpose(builder, multiplied(builder, weights, v, false, 'MatMul'), [0, 2, 1, 3])
  const [, steps] = query.shape as [number, number]
  const rows = reshaped(builder, seen, [-1, heads * depth], 'attention_output/Reshape')
  const shape = builder.option<number | number[] | undefined>('output_shape', undefined)
  const out = shape === undefined ? (query.shape[2] as number) : ([shape].flat()[0] as number)
  const kernel = inPart(builder, 'output_dense', () =>
    builder.weight('kernel', 'attention_output/kernel/ReadVariableOp', [heads, depth, out]),
  )
  const matrix = reshaped(builder, kernel, [heads * depth, out], 'attention_output/kernel/Reshape')
  let made = builder.add('MatMul', 'attention_output/MatMul', [rows, matrix], [-1, out], {
    transpose_a: attr.bool(false),
    transpose_b: attr.bool(false),
  })
  if (builder.option('use_bias', true)) {
    const bias = inPart(builder, 'output_dense', () =>
      builder.weight('bias', 'attention_output/bias/ReadVariableOp', [out]),
    )
    made = builder.add('BiasAdd', 'attention_output/BiasAdd', [made, bias], made.shape, {
      data_format: attr.string('NHWC'),
    })
  }
  const answer = reshaped(builder, made, [-1, steps, out], 'attention_output')
  return builder.kwargs.return_attention_scores === true ? [answer, weights] : answer
}

const inPart = <T>(builder: GraphBuilder, part: string, work: () => T): T => {
  const { scope } = builder
  return builder.inside({ ...scope, part: scope.part ? `${scope.part}/${part}` : part }, work)
}

/** Query, value and key, by their places or names; the key is the value where it is not given. */
function threeOf(builder: GraphBuilder, inputs: Place[]): [Place, Place, Place] {
  const { kwargs, args } = builder.scope.call
  const named = (name: string) => (isPlace(kwargs[name]) ? (kwargs[name] as Place) : undefined)
  const positional = args.length > 0 ? inputs : []
  const masked = (place: Place | undefined, name: string) => {
    const mask = named(`${name}_mask`)
    return place && mask ? { ...place, mask } : place
  }
  const query = masked(positional[0] ?? named('query'), 'query')
  const value = masked(positional[1] ?? named('value'), 'value')
  const key = masked(positional[2] ?? named('key') ?? value, 'key')
  if (!query || !value || !key) throw builder.damaged('does not say what looks at what')
  return [query, value, key]
}

/** What a query may look at, of the rank of the scores: by masks of steps, a mask that is given, and time. */
function visibility(builder: GraphBuilder, query: Place, value: Place, key: Place, scores: number[]) {
  const given = builder.kwargs.attention_mask
  const masks: Place[] = []
  if (isPlace(given)) {
    const mask = cast(builder, given, 'float32')
    masks.push(mask.shape.length === scores.length ? mask : expanded(builder, mask, 1))
  }
  const queryMask = query.mask
  if (queryMask) masks.push(widened(builder, queryMask, 3))
  for (const mask of new Set([value.mask, key.mask])) if (mask) masks.push(widened(builder, mask, 2))
  if (builder.kwargs.use_causal_mask === true)
    masks.push(causal(builder, scores.at(-2) as number, scores.at(-1) as number))
  const [first, ...rest] = masks
  return first && rest.reduce((all, mask) => builder.pair('Mul', 'mask/and', all, mask), first)
}

/** `[batch, steps]` as numbers of four axes, the steps in the third or the last of them. */
function widened(builder: GraphBuilder, mask: Place, free: 2 | 3): Place {
  const number = cast(builder, mask, 'float32')
  return free === 3
    ? expanded(builder, expanded(builder, number, 1), 3)
    : expanded(builder, expanded(builder, number, 1), 1)
}

/** Attention without heads: by products of query and key, or by what is learned of their sum (Bahdanau). */
const plain =
  (additive: boolean): Lowering =>
  (builder, ...inputs) => {
    const [query, value, key = value] = inputs
    if (!query || !value || !key || inputs.length > 3)
      throw builder.damaged('does not say what looks at what')
    if ([query, value, key].some(({ shape }) => shape.length !== 3))
      throw builder.unsupported('looks along other axes than one of steps')
    const concat = builder.option('score_mode', 'dot') === 'concat'
    if (concat) throw builder.unsupported('scores by the mode "concat"')
    const scores = additive ? summed(builder, query, key) : products(builder, query, key)
    const masks: Place[] = []
    if (value.mask) masks.push(expanded(builder, cast(builder, value.mask, 'float32'), 1))
    if (builder.kwargs.use_causal_mask === true)
      masks.push(causal(builder, scores.shape[1] as number, scores.shape[2] as number))
    const [first, ...rest] = masks
    const visible = first && rest.reduce((all, mask) => builder.pair('Mul', 'mask/and', all, mask), first)
    const weights = alongAxis('Softmax')(builder, hidden(builder, scores, visible))
    const result = multiplied(builder, weights, value, false, 'MatMul_1')
    const counted = query.mask
      ? builder.pair('Mul', 'mul_1', result, expanded(builder, cast(builder, query.mask, 'float32'), 2))
      : result
    return builder.kwargs.return_attention_scores === true ? [counted, weights] : counted
  }

function products(builder: GraphBuilder, query: Place, key: Place): Place {
  const scores = multiplied(builder, query, key, true, 'MatMul')
  return builder.value('scale')
    ? builder.pair('Mul', 'mul', scores, builder.weight('scale', 'mul/ReadVariableOp', []))
    : scores
}

function summed(builder: GraphBuilder, query: Place, key: Place): Place {
  const sum = builder.pair('AddV2', 'add', expanded(builder, query, 2), expanded(builder, key, 1))
  const act = builder.each('Tanh', sum)
  const scale = builder.value('scale')
  const scaled = scale
    ? builder.pair('Mul', 'mul', act, builder.weight('scale', 'mul/ReadVariableOp', scale.shape))
    : act
  const axes = builder.ints('Sum/reduction_indices', [3])
  return builder.add('Sum', 'Sum', [scaled, axes], scaled.shape.slice(0, 3), {
    Tidx: attr.type('int32'),
    keep_dims: attr.bool(false),
  })
}

export const attention = plain(false)
export const additiveAttention = plain(true)
