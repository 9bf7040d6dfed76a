import { type Attr, attr, constant } from '../graph.ts'
import type { Held } from './handles.ts'
import type { Reference } from './reference.ts'
import type { Step } from './step.ts'

/** Attributes that said what kind of handle there was. */
export function plainAttrs(step: Step): Record<string, Attr> {
  const { _output_shapes, _handle_dtypes, _handle_shapes, ...kept } = step.attrs
  return kept
}

/** What each operation that is given a handle becomes when it is given the value. */
export const READERS: Record<string, (step: Step, held: Held) => Step[]> = {
  ReadVariableOp: (step, { dtype }) => [{ ...step, op: 'Identity', attrs: { T: attr.type(dtype) } }],
  ResourceGather: (step, { dtype }) => {
    const { batch_dims, Tindices } = step.attrs
    const axis = batch_dims?.kind === 'int' ? batch_dims.value : 0
    const { name } = step
    const place = constant(`${name}/axis`, { dtype: 'int32', shape: [], data: Int32Array.of(axis) })
    return [
      { ...place, controls: [], origin: step.origin, scope: step.scope, inputs: [] },
      {
        ...step,
        op: 'GatherV2',
        inputs: [
          ...step.inputs,
          'port' in (step.inputs[0] as Reference)
            ? { node: place.name, port: 0 }
            : { node: place.name, out: 'output', index: 0 },
        ],
        attrs: {
          Tparams: attr.type(dtype),
          Tindices: Tindices ?? attr.type('int32'),
          Taxis: attr.type('int32'),
          batch_dims: attr.int(axis),
        },
      },
    ]
  },
  ResourceGatherNd: (step, { dtype }) => [
    {
      ...step,
      op: 'GatherNd',
      attrs: { Tparams: attr.type(dtype), Tindices: step.attrs.Tindices ?? attr.type('int32') },
    },
  ],
  VariableShape: (step, { dtype }) => [
    {
      ...step,
      op: 'Shape',
      attrs: { T: attr.type(dtype), out_type: step.attrs.out_type ?? attr.type('int32') },
    },
  ],
  VarIsInitializedOp: step => [isTrue(step)],
  DisableCopyOnRead: step => [{ ...step, op: 'NoOp', inputs: [], attrs: {} }],
}

const isTrue = (step: Step): Step => ({
  ...step,
  ...constant(step.name, { dtype: 'bool', shape: [], data: Uint8Array.of(1) }, step.controls),
  inputs: [],
  origin: step.origin,
})
