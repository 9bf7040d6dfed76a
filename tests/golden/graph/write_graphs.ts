/**
 * Writes the two graphs of a golden model beside it: `node write_graphs.ts FOLDER` makes frozen.pb and quantized.pb,
 * and prints the names of the input and the output.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeGraphDef } from '../../../main/engine/graph/index.ts'
import { freezeLayers } from '../../engine/freezeLayers.ts'
import { applyTransforms } from '../../../main/engine/optimization/passes/index.ts'
import { readModel } from './read.ts'

const folder = process.argv[2] as string
const model = readModel(folder)
const frozen = freezeLayers(model)
const quantized = applyTransforms(frozen, `quantize_weights(minimum_size=${model.minimumSize})`).graph
writeFileSync(join(folder, 'frozen.pb'), writeGraphDef(frozen))
writeFileSync(join(folder, 'quantized.pb'), writeGraphDef(quantized))
console.log(JSON.stringify({ input: frozen.inputs[0]?.name, output: frozen.outputs[0]?.name }))
