import type { DataType } from '../graph.ts'
import { type Call, type Known, open, type Rule, same } from './rule.ts'
import { asShape, common } from './shapes.ts'

/** Handles of variables carry the type and shape of what they hold. */
const handle: Rule = call => ({ dtype: call.type('dtype', 'resource'), shape: call.shape('shape') })

const called: Rule = call => {
  const shapes = call.shapes('output_shapes') ?? call.shapes('_output_shapes') ?? []
  return (call.types('Tout') ?? []).map((dtype, i) => ({ dtype, shape: shapes[i] }))
}

/** What goes round keeps its shape unless the loop says otherwise. */
const loop: Rule = call => {
  const shapes = call.shapes('output_shapes') ?? []
  return call.inputs.map(({ dtype, shape }, i) => ({ dtype, shape: shapes.length > 0 ? shapes[i] : shape }))
}

const twice: Rule = call => [call.input(0), call.input(0)]

const list: Known = { dtype: 'variant', shape: [] }
const number: Known = { dtype: 'int32', shape: [] }
const flow: Known = { dtype: 'float32', shape: [] }

const elementType = (call: Call): DataType => call.type('element_dtype', 'float32')

/** Loops, branches, calls, variables and lists of tensors. */
export const CONTROL: Record<string, Rule> = {
  VarHandleOp: handle,
  VariableV2: handle,
  Variable: handle,
  RefVariable: handle,
  TemporaryVariable: handle,
  ReadVariableOp: call => ({ dtype: call.type('dtype', call.input(0).dtype), shape: call.input(0).shape }),
  VariableShape: call => ({
    dtype: call.type('out_type', 'int32'),
    shape: [call.input(0).shape?.length ?? -1],
    elements: call.input(0).shape?.map(size => (size < 0 ? undefined : size)),
  }),
  AssignVariableOp: () => [],
  Assign: call => call.input(1),
  VarIsInitializedOp: () => ({ dtype: 'bool', shape: [] }),
  IsVariableInitialized: () => ({ dtype: 'bool', shape: [] }),
  Switch: twice,
  RefSwitch: twice,
  Enter: same,
  RefEnter: same,
  Exit: same,
  NextIteration: same,
  LoopCond: () => ({ dtype: 'bool', shape: [] }),
  PartitionedCall: called,
  StatefulPartitionedCall: called,
  If: called,
  StatelessIf: called,
  Case: called,
  StatelessCase: called,
  While: loop,
  StatelessWhile: loop,
  TensorListReserve: () => list,
  TensorListFromTensor: () => list,
  EmptyTensorList: () => list,
  TensorListSetItem: () => list,
  TensorListPushBack: () => list,
  TensorListResize: () => list,
  TensorListPopBack: call => [list, { dtype: elementType(call), shape: asShape(call.input(1).elements) }],
  TensorListGetItem: call => ({ dtype: elementType(call), shape: asShape(call.input(2).elements) }),
  TensorListStack: call => {
    const element = asShape(call.input(1).elements)
    return { dtype: elementType(call), shape: element && [call.int('num_elements', -1), ...element] }
  },
  TensorListLength: () => number,
  TensorListElementShape: call => ({ dtype: call.type('shape_type', 'int32'), shape: [-1] }),
  TensorArrayV3: () => [{ dtype: 'resource', shape: [2] }, flow],
  TensorArrayWriteV3: () => flow,
  TensorArrayScatterV3: () => flow,
  TensorArrayReadV3: call => open([call.type('dtype', 'float32')]),
  TensorArrayGatherV3: call => {
    const element = call.shape('element_shape')
    return {
      dtype: call.type('dtype', 'float32'),
      shape: element && [call.input(1).shape?.[0] ?? -1, ...element],
    }
  },
  TensorArraySizeV3: () => number,
  Merge: call => [
    { dtype: call.input(0).dtype, shape: call.inputs.map(({ shape }) => shape).reduce(common) },
    { dtype: 'int32', shape: [] },
  ],
}
