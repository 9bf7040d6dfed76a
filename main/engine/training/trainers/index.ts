import { image } from './image.ts'
import { sequence } from './sequence.ts'
import { tabular } from './tabular.ts'
import { text } from './text.ts'
import type { Trainer } from './trainer.ts'
import { transfer } from './transfer.ts'
import { wideDeep } from './wideDeep.ts'

export { planWith } from './hparams.ts'
export type { NetLayer, NetSpec } from './netSpec.ts'
export { parametersOf, shapesOf, stepsOf, type Topology, topologyOf, weightsOf } from './topology.ts'
export type { NetWork, OwnHparam, Trainer } from './trainer.ts'

export const TRAINERS: readonly Trainer[] = [tabular, wideDeep, image, transfer, sequence, text]
