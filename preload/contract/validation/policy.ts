import { z } from 'zod'
import { Name } from '../ids.ts'
import { AnomalyKind } from './anomaly.ts'

/** What a verdict of `blocked` does. */
export const Gatekeeping = z.enum(['block', 'warn', 'off'])
export type Gatekeeping = z.infer<typeof Gatekeeping>
export const ValidationPolicy = z.object({
  training: Gatekeeping,
  publishing: Gatekeeping,
  /** Checks of ours that are switched off. */
  without: z.array(AnomalyKind),
  /** Saved slices of datasets whose rows are checked by themselves, too. */
  slices: z.array(z.object({ dataset: Name, names: z.array(z.string()) })).optional(),
})
export type ValidationPolicy = z.infer<typeof ValidationPolicy>
