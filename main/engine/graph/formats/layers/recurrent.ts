import { attr } from '../../graph.ts'
import { activate } from './activations.ts'
import type { GraphBuilder } from './builder.ts'
import { hardSigmoid } from './functions.ts'
import type { Lowering } from './lowering.ts'
import { isPlace, type Place } from './place.ts'
import { expanded, reshaped } from './shapes.ts'

/** A cell of a recurrent layer: how many numbers a step has for each unit, and how one step follows from the last. */
interface Cell {
  /** Widths of the kernels in units. */
  gates: number
  states: number
  /** Weights and names of options that belong to it are asked for once. */
  ready(builder: GraphBuilder, units: number): Steps
}

interface Steps {
  /** What is added to the product of input and kernel. */
  bias?: Place
  /** @param x product of the step's input and the kernel; `before` is absent for zeros */
  step(x: Place, before: Place[] | undefined): Place[]
}

const PRODUCT = { transpose_a: attr.bool(false), transpose_b: attr.bool(false) }

const product = (builder: GraphBuilder, x: Place, matrix: Place) =>
  builder.add('MatMul', 'MatMul_1', [x, matrix], [-1, matrix.shape[1] as number], PRODUCT)

const parts = (builder: GraphBuilder, x: Place, count: number, suffix = 'split'): Place[] => {
  const shape = x.shape.with(-1, (x.shape.at(-1) as number) / count)
  const axis = builder.int(`${suffix}/split_dim`, x.shape.length - 1)
  return builder.addMany('Split', suffix, [axis, x], Array(count).fill(shape), { num_split: attr.int(count) })
}

const gateOf =
  (builder: GraphBuilder) =>
  (x: Place): Place =>
    // TensorFlow.js takes `hardSigmoid` where nothing is named.
    builder.option<unknown>('recurrent_activation', undefined) === undefined && builder.old
      ? hardSigmoid(builder, x)
      : activate(builder, x, 'recurrent_activation', 'sigmoid')

const squash = (builder: GraphBuilder) => (x: Place) => activate(builder, x, 'activation', 'tanh')

const hasBias = (builder: GraphBuilder) => builder.option('use_bias', true)

/** Elman's network. */
const simple: Cell = {
  gates: 1,
  states: 1,
  ready(builder, units) {
    const matrix = builder.weight('recurrent_kernel', 'recurrent/ReadVariableOp', [units, units])
    const act = squash(builder)
    return {
      ...(hasBias(builder) && { bias: builder.weight('bias', 'BiasAdd/ReadVariableOp', [units]) }),
      step: (x, before) => [
        act(before ? builder.pair('AddV2', 'add', x, product(builder, before[0] as Place, matrix)) : x),
      ],
    }
  },
}

/** Hochreiter and Schmidhuber, Long Short-Term Memory, 1997; gates in Keras' order: input, forget, cell, output. */
const lstmCell: Cell = {
  gates: 4,
  states: 2,
  ready(builder, units) {
    const matrix = builder.weight('recurrent_kernel', 'recurrent/ReadVariableOp', [units, 4 * units])
    const [gate, act] = [gateOf(builder), squash(builder)]
    return {
      ...(hasBias(builder) && { bias: builder.weight('bias', 'BiasAdd/ReadVariableOp', [4 * units]) }),
      step(x, before) {
        const [h, c] = before ?? []
        const sum = h ? builder.pair('AddV2', 'add', x, product(builder, h, matrix)) : x
        const [i, f, z, o] = parts(builder, sum, 4) as [Place, Place, Place, Place]
        const fresh = builder.pair('Mul', 'mul_1', gate(i), act(z))
        const cell = c ? builder.pair('AddV2', 'add_1', builder.pair('Mul', 'mul', gate(f), c), fresh) : fresh
        return [builder.pair('Mul', 'mul_2', gate(o), act(cell)), cell]
      },
    }
  },
}

/** Cho et al., arXiv:1406.1078; gates in Keras' order: update, reset, new. */
const gruCell: Cell = {
  gates: 3,
  states: 1,
  ready(builder, units) {
    const wide = 3 * units
    const matrix = builder.weight('recurrent_kernel', 'recurrent/ReadVariableOp', [units, wide])
    // The shape of the bias tells it as well, and files of TensorFlow.js do not say it otherwise.
    const stored = builder.value('bias')
    const after = stored ? stored.shape.length === 2 : builder.option('reset_after', !builder.old)
    const [gate, act] = [gateOf(builder), squash(builder)]
    const bias =
      hasBias(builder) && builder.weight('bias', 'BiasAdd/ReadVariableOp', after ? [2, wide] : [wide])
    const [outer, inner] = bias && after ? halves(builder, bias, wide) : [bias || undefined, undefined]
    const blend = (z: Place, h: Place | undefined, fresh: Place) => {
      const kept = builder.pair('Mul', 'mul_2', builder.pair('Sub', 'sub', 1, z), fresh)
      return h ? builder.pair('AddV2', 'add_3', builder.pair('Mul', 'mul_1', z, h), kept) : kept
    }
    const resetAfter = (x: Place, h: Place | undefined) => {
      const plain = h && product(builder, h, matrix)
      const recurrent = plain && inner ? builder.pair('AddV2', 'BiasAdd', plain, inner) : (plain ?? inner)
      const [xz, xr, xh] = parts(builder, x, 3) as [Place, Place, Place]
      if (!recurrent) return blend(gate(xz), h, act(xh))
      const [rz, rr, rh] = parts(builder, recurrent, 3, 'split_1') as [Place, Place, Place]
      const z = gate(builder.pair('AddV2', 'add', xz, rz))
      const r = gate(builder.pair('AddV2', 'add_1', xr, rr))
      return blend(z, h, act(builder.pair('AddV2', 'add_2', xh, builder.pair('Mul', 'mul', r, rh))))
    }
    const split = after ? [] : parts(builder, matrix, 3, 'recurrent/split')
    const resetBefore = (x: Place, h: Place | undefined) => {
      const [xz, xr, xh] = parts(builder, x, 3) as [Place, Place, Place]
      if (!h) return blend(gate(xz), h, act(xh))
      const [uz, ur, uh] = split as [Place, Place, Place]
      const z = gate(builder.pair('AddV2', 'add', xz, product(builder, h, uz)))
      const r = gate(builder.pair('AddV2', 'add_1', xr, product(builder, h, ur)))
      const fresh = product(builder, builder.pair('Mul', 'mul', r, h), uh)
      return blend(z, h, act(builder.pair('AddV2', 'add_2', xh, fresh)))
    }
    return {
      ...(outer && { bias: outer }),
      step: (x, before) => [(after ? resetAfter : resetBefore)(x, before?.[0])],
    }
  },
}

/** The biases of the input and of the state before, which lie in one weight. */
function halves(builder: GraphBuilder, bias: Place, wide: number): [Place, Place] {
  const rows = builder.addMany('Unpack', 'unstack', [bias], [[wide], [wide]], {
    num: attr.int(2),
    axis: attr.int(0),
  })
  return rows as [Place, Place]
}

const CELLS: Record<string, Cell> = {
  GRU: gruCell,
  GRUCell: gruCell,
  LSTM: lstmCell,
  LSTMCell: lstmCell,
  SimpleRNN: simple,
  SimpleRNNCell: simple,
}

/** So many steps are written out; more make a graph that nothing opens any more. */
const MOST_STEPS = 4096

/**
 * A recurrent layer written out step by step, for as many steps as its input has. The products of inputs and kernel
 * are one for all steps. The first step starts from zeros unless states are given.
 */
export const recurrent: Lowering = (builder, ...inputs) => {
  const [input, ...listed] = inputs
  const named = [builder.kwargs.initial_state].flat().filter(isPlace)
  const given = listed.length > 0 ? listed : named
  if (input?.shape.length !== 3) throw builder.unsupported('does not take steps of features')
  const [, steps, features] = input.shape as [number, number, number]
  if (steps < 1 || features < 0)
    throw builder.unsupported(
      'takes any number of steps',
      'Give the input of the model a fixed number of steps, and save it again.',
    )
  if (steps > MOST_STEPS) throw builder.unsupported(`takes ${steps} steps, more than ${MOST_STEPS}`)
  if (builder.option('stateful', false)) builder.notes.add(statefulNote(builder.scope.path))
  const cell = cellOf(builder)
  const inCell = <T>(work: () => T) => builder.inside(cellScope(builder), work)
  if (given.length > 0 && given.length !== cell.states)
    throw builder.damaged(`starts from ${given.length} states and has ${cell.states}`)

  const made = inCell(() => {
    const units = builder.option('units', 0)
    const wide = units * cell.gates
    const kernel = builder.weight('kernel', 'MatMul/ReadVariableOp', [features, wide])
    const { bias, step } = cell.ready(builder, units)
    const rows = reshaped(builder, input, [-1, features])
    const products = builder.add('MatMul', 'MatMul', [rows, kernel], [-1, wide], PRODUCT)
    const sums = bias
      ? builder.add('BiasAdd', 'BiasAdd', [products, bias], [-1, wide], { data_format: attr.string('NHWC') })
      : products
    const back = reshaped(builder, sums, [-1, steps, wide], 'Reshape_1')
    return { step, xs: unpacked(builder, back) }
  })
  const masks = input.mask ? unpacked(builder, input.mask) : undefined
  const order = [...made.xs.keys()]
  if (builder.option('go_backwards', false)) order.reverse()
  let states: Place[] | undefined = given.length > 0 ? given : undefined
  const outputs: Place[] = []
  for (const at of order) {
    const fresh = inCell(() => made.step(made.xs[at] as Place, states))
    const counts = masks && expanded(builder, masks[at] as Place, 1)
    const before = states
    states = counts ? fresh.map((state, i) => chosen(builder, counts, state, before?.[i])) : fresh
    const zero = counts && builder.option('zero_output_for_mask', false)
    const out = states[0] as Place
    outputs.push(zero ? chosen(builder, counts, fresh[0] as Place, undefined) : out)
  }
  const last = states?.[0] as Place
  const sequence = builder.option('return_sequences', false)
  const result = sequence ? stacked(builder, outputs) : last
  const answer: Place = sequence && input.mask ? { ...result, mask: input.mask } : result
  return builder.option('return_state', false) ? [answer, ...(states as Place[])] : answer
}

const statefulNote = (path: string) =>
  `The layer "${path}" keeps its state between calls in Keras; here each call starts from zeros.`

/** The new state where a step counts, else the one before (zeros at the start). */
function chosen(builder: GraphBuilder, counts: Place, fresh: Place, before: Place | undefined): Place {
  if (!before) {
    const types = { SrcT: attr.type('bool'), DstT: attr.type('float32'), Truncate: attr.bool(false) }
    const factor = builder.add('Cast', 'Cast', [counts], counts.shape, types, 'float32')
    return builder.pair('Mul', 'masked', fresh, factor)
  }
  return builder.add(
    'SelectV2',
    'SelectV2',
    [counts, fresh, before],
    fresh.shape,
    { T: attr.type('float32') },
    'float32',
  )
}

/** The steps of `[batch, steps, …]` by themselves. */
function unpacked(builder: GraphBuilder, x: Place): Place[] {
  const steps = x.shape[1] as number
  const shape = [...x.shape.slice(0, 1), ...x.shape.slice(2)]
  return builder.addMany('Unpack', 'unstack', [x], Array(steps).fill(shape), {
    num: attr.int(steps),
    axis: attr.int(1),
  })
}

function stacked(builder: GraphBuilder, outputs: Place[]): Place {
  const [first] = outputs as [Place]
  const shape = [-1, outputs.length, ...first.shape.slice(1)]
  return builder.add('Pack', 'stack', outputs, shape, { N: attr.int(outputs.length), axis: attr.int(1) })
}

/** The cell of a layer is a part of it; a plain `RNN` layer is given one with options of its own. */
function cellOf(builder: GraphBuilder): Cell {
  const { kind, config } = builder.scope.layer
  const name =
    kind === 'RNN' ? String((config.cell as { class_name?: unknown } | undefined)?.class_name) : kind
  const cell = Object.hasOwn(CELLS, name) ? CELLS[name] : undefined
  if (!cell) throw builder.unsupported(`has a cell of the kind ${name}`)
  return cell
}

/** Where the weights of the cell lie, with its options. */
function cellScope(builder: GraphBuilder) {
  const { scope } = builder
  const part = scope.part ? `${scope.part}/cell` : 'cell'
  const inner = scope.layer.kind === 'RNN' ? (scope.layer.config.cell as { config?: object }) : undefined
  const config = (inner?.config ?? scope.layer.config) as Record<string, unknown>
  return { ...scope, part, layer: { ...scope.layer, config } }
}

/** Along the steps in the other direction. */
export function reversed(builder: GraphBuilder, x: Place): Place {
  const axes = builder.ints('ReverseV2/axis', [1])
  return builder.add('ReverseV2', 'ReverseV2', [x, axes], x.shape, { Tidx: attr.type('int32') })
}
