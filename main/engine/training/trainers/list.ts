import { image } from './image.ts'
import { sequence } from './sequence.ts'
import { tabular } from './tabular.ts'
import { text } from './text.ts'
import type { Trainer } from './trainer.ts'
import { transfer } from './transfer.ts'
import { wideDeep } from './wideDeep.ts'

/** All trainers, in the order in which they are offered. */
export const TRAINERS: readonly Trainer[] = [tabular, wideDeep, image, transfer, sequence, text]
