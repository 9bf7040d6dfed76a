import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  AnomalyInfo_Severity,
  CustomValidationConfigSchema,
  create,
  DatasetFeatureStatisticsListSchema,
  fromText,
  SchemaSchema,
} from '../../../main/engine/metadata/index.ts'
import { validateStatistics } from '../../../main/engine/validation/tfdv/index.ts'

interface Golden {
  statistics: string
  /** What TensorFlow Data Validation answers; null where it refuses. */
  expressions: [expression: string, answer: boolean | null][]
}
const golden: Golden = JSON.parse(
  readFileSync(join('tests', 'golden', 'validation', 'expressions.json'), 'utf8'),
)

const statistics = fromText(DatasetFeatureStatisticsListSchema, golden.statistics)

function holds(sqlExpression: string): boolean {
  const validations = [{ sqlExpression, severity: AnomalyInfo_Severity.ERROR, description: 'does not hold' }]
  const customValidation = create(CustomValidationConfigSchema, {
    featureValidations: [{ featurePath: { step: ['a'] }, validations }],
  })
  const schema = fromText(SchemaSchema, 'feature { name: "a" type: INT }')
  const { anomalyInfo } = validateStatistics({ statistics, schema, customValidation })
  return !anomalyInfo.a?.reason.some(one => one.shortDescription === 'does not hold')
}

describe('conditions over statistics are answered as by TensorFlow Data Validation', () => {
  test.each(golden.expressions)('%s', (expression, answer) => {
    if (answer === null) expect(() => holds(expression)).toThrow(/custom validation/)
    else expect(holds(expression)).toBe(answer)
  })
})

test('a query within a condition is refused by name', () => {
  const query = '(SELECT COUNT(*) FROM UNNEST(feature.num_stats.histograms) AS h) = 2'
  expect(() => holds(query)).toThrow(/cannot be answered: “SELECT” is not understood/)
  expect(() => holds('7 & 3 = 3')).toThrow(/is not understood/)
})
