import { type LiteModel, type LiteTensor, writeTflite } from '../../main/engine/graph/index.ts'

const tensor = (name: string, type: LiteTensor['type'], more: Partial<LiteTensor> = {}): LiteTensor => ({
  name,
  type,
  shape: [1],
  ...more,
})

/** A real TFLite model that never answers: a loop whose condition always holds. */
export function endlessModel(): Uint8Array {
  const model: LiteModel = {
    description: '',
    metadata: [],
    signatures: [],
    subgraphs: [
      {
        name: 'main',
        tensors: [tensor('x', 'float32'), tensor('y', 'float32')],
        operators: [
          {
            op: 'WHILE',
            version: 1,
            inputs: [0],
            outputs: [1],
            options: { cond_subgraph_index: 1, body_subgraph_index: 2 },
          },
        ],
        inputs: [0],
        outputs: [1],
      },
      {
        name: 'always',
        tensors: [tensor('x', 'float32'), tensor('holds', 'bool')],
        operators: [{ op: 'EQUAL', version: 1, inputs: [0, 0], outputs: [1], options: {} }],
        inputs: [0],
        outputs: [1],
      },
      {
        name: 'same',
        tensors: [
          tensor('x', 'float32'),
          tensor('one', 'float32', { data: new Uint8Array(Float32Array.of(1).buffer) }),
          tensor('least', 'float32'),
        ],
        operators: [{ op: 'MINIMUM', version: 1, inputs: [0, 1], outputs: [2], options: {} }],
        inputs: [0],
        outputs: [2],
      },
    ],
  }
  return writeTflite(model)
}
