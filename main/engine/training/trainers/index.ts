import { tabular } from './tabular.ts'
import type { Trainer } from './trainer.ts'

export type { Trainer } from './trainer.ts'

export const TRAINERS: readonly Trainer[] = [tabular]
