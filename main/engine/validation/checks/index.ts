import type { Check } from './check.ts'
import { classImbalance } from './classImbalance.ts'
import { constant } from './constant.ts'
import { duplicateRows } from './duplicateRows.ts'
import { leakage } from './leakage.ts'
import { mislabeled } from './mislabeled.ts'
import { missingColumn } from './missingColumn.ts'
import { nearDuplicates } from './nearDuplicates.ts'
import { nearUnique } from './nearUnique.ts'
import { newColumn } from './newColumn.ts'
import { outliers } from './outliers.ts'
import { outOfDomain } from './outOfDomain.ts'
import { outOfRange } from './outOfRange.ts'
import { splitOverlap } from './splitOverlap.ts'
import { tooManyMissing } from './tooManyMissing.ts'
import { unreadable } from './unreadable.ts'
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
  leakage,
  splitOverlap,
  duplicateRows,
  mislabeled,
  classImbalance,
  outliers,
  constant,
  nearUnique,
  unreadable,
  nearDuplicates,
]
