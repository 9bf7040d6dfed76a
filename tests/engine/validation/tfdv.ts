import { readFileSync } from 'node:fs'
import {
  AnomaliesSchema,
  type AnomalyInfo_Severity,
  type AnomalyInfo_Type,
  CustomValidationConfigSchema,
  type DatasetFeatureStatisticsList,
  DatasetFeatureStatisticsListSchema,
  fromText,
  SchemaSchema,
  AnomalyInfo_Severity as Severities,
  AnomalyInfo_Type as Types,
  toJson,
  toText,
} from '../../../main/engine/metadata/index.ts'
import { inferSchema, updateSchema, validateStatistics } from '../../../main/engine/validation/tfdv/index.ts'

/** A case of `cases.json`: what went into TensorFlow Data Validation 1.16.1, and what came out. */
export interface Case {
  name: string
  note?: string
  schema: string
  statistics: string
  environment?: string | null
  previous_span?: string | null
  serving?: string | null
  previous_version?: string | null
  severity_overrides?: { type: keyof typeof Types; severity: keyof typeof Severities }[] | null
  custom_validation_config?: string | null
  /** Arguments of `infer_schema`, where it was asked too. */
  infer?: { infer_feature_shape?: boolean; max_string_domain_size?: number } | null
  expected_anomalies?: object | null
  updated_schema?: string | null
  inferred_schema?: string | null
  error?: string | null
}

export const casesOf = (file: string): Case[] => JSON.parse(readFileSync(file, 'utf8')).cases

/** Anomalies as JSON without regard to the order of keys; measures to 12 digits, since logarithms differ beyond. */
export const comparable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, one) =>
    typeof one === 'number' ? Number(one.toPrecision(12)) : one,
  )

export const anomaliesJson = (anomalies: ReturnType<typeof validateStatistics>): unknown =>
  comparable(toJson(AnomaliesSchema, anomalies))

const statisticsOf = (text: string | null | undefined): DatasetFeatureStatisticsList | undefined =>
  text === null || text === undefined ? undefined : fromText(DatasetFeatureStatisticsListSchema, text)

export function anomaliesOf(one: Case): unknown {
  const overrides = (one.severity_overrides ?? []).map(({ type, severity }) => ({
    type: Types[type] as AnomalyInfo_Type,
    severity: Severities[severity] as AnomalyInfo_Severity,
  }))
  const custom = one.custom_validation_config
  return anomaliesJson(
    validateStatistics({
      statistics: fromText(DatasetFeatureStatisticsListSchema, one.statistics),
      schema: fromText(SchemaSchema, one.schema),
      environment: one.environment ?? undefined,
      previousSpan: statisticsOf(one.previous_span),
      serving: statisticsOf(one.serving),
      previousVersion: statisticsOf(one.previous_version),
      severityOverrides: overrides,
      customValidation: custom ? fromText(CustomValidationConfigSchema, custom) : undefined,
    }),
  )
}

export const updatedOf = ({ schema, statistics }: Case): string =>
  toText(
    SchemaSchema,
    updateSchema(fromText(SchemaSchema, schema), fromText(DatasetFeatureStatisticsListSchema, statistics)),
  )

export const inferredOf = ({ statistics, infer }: Case): string =>
  toText(
    SchemaSchema,
    inferSchema(fromText(DatasetFeatureStatisticsListSchema, statistics), {
      shape: infer?.infer_feature_shape ?? true,
      maxDomain: infer?.max_string_domain_size ?? 100,
    }),
  )
