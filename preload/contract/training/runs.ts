import type { z } from 'zod'
import { LogLine } from '../job.ts'

/** One line of the log of a run, over all its jobs. */
export const RunLine = LogLine
export type RunLine = z.infer<typeof RunLine>
