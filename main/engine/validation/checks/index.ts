import type { Check } from './check.ts'
import { missingColumn } from './missingColumn.ts'
import { newColumn } from './newColumn.ts'
import { outOfDomain } from './outOfDomain.ts'
import { outOfRange } from './outOfRange.ts'
import { tooManyMissing } from './tooManyMissing.ts'
import { wrongType } from './wrongType.ts'

export type { Check, Finding, Subject } from './check.ts'

/** All checks, in the order their findings are shown. */
export const checks: readonly Check[] = [
  missingColumn,
  wrongType,
  outOfDomain,
  outOfRange,
  tooManyMissing,
  newColumn,
]
