import type { AnomalyKind } from '#contract'
import { AnomalyInfo_Type } from '../metadata/index.ts'

const KINDS: [AnomalyKind, RegExp][] = [
  ['missing-column', /^(SCHEMA_MISSING_COLUMN|FEATURE_TYPE_NOT_PRESENT)$/],
  ['new-column', /^SCHEMA_NEW_COLUMN$/],
  ['too-many-missing', /^FEATURE_TYPE_LOW_(NUMBER|FRACTION)_PRESENT$/],
  [
    'wrong-shape',
    /^(FEATURE_TYPE_(LOW|HIGH)_NUMBER_VALUES|VALUE_NESTEDNESS_MISMATCH|INVALID_FEATURE_SHAPE|(SPARSE|WEIGHTED)_FEATURE_.*)$/,
  ],
  [
    'wrong-type',
    /^(UNEXPECTED_DATA_TYPE|DOMAIN_INVALID_FOR_TYPE|INT_TYPE_NOT_INT_STRING|FLOAT_TYPE_STRING_NOT_FLOAT|SEMANTIC_DOMAIN_UPDATE)$/,
  ],
  ['invalid-text', /^ENUM_TYPE_INVALID_UTF8$/],
  ['out-of-domain', /^(ENUM_TYPE_|BOOL_TYPE_)/],
  [
    'out-of-range',
    /^(INT_TYPE_|FLOAT_TYPE_|MAX_IMAGE_BYTE_SIZE|LOW_SUPPORTED_IMAGE|FEATURE_COVERAGE|SEQUENCE_VALUE_)/,
  ],
  ['wrong-unique', /^FEATURE_TYPE_(LOW_UNIQUE|HIGH_UNIQUE|NO_UNIQUE)$/],
  ['wrong-rows', /^(DATASET_(LOW|HIGH)_NUM_EXAMPLES|COMPARATOR_(LOW|HIGH)_NUM_EXAMPLES|NO_DATA_IN_SPAN)$/],
  ['drift', /^COMPARATOR_/],
  ['custom', /^CUSTOM_VALIDATION$/],
]

/** The family of an anomaly of TensorFlow Data Validation. Skew has the types of drift; its title tells it apart. */
export function kindOf(type: AnomalyInfo_Type, title: string): AnomalyKind {
  const kind = KINDS.find(([, names]) => names.test(nameOf(type)))?.[0] ?? 'invalid-schema'
  return kind === 'drift' && /serving/.test(title) ? 'skew' : kind
}

/** Its name there: ENUM_TYPE_UNEXPECTED_STRING_VALUES. */
export const nameOf = (type: AnomalyInfo_Type): string =>
  Object.entries(AnomalyInfo_Type).find(([, value]) => value === type)?.[0] ?? `TYPE_${type}`
