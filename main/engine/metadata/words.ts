import type { DescMessage } from '@bufbuild/protobuf'
import { AnomaliesSchema } from './gen/anomalies_pb.ts'
import { CustomValidationConfigSchema } from './gen/custom_validation_config_pb.ts'
import { SchemaSchema } from './gen/schema_pb.ts'
import { DatasetFeatureStatisticsListSchema } from './gen/statistics_pb.ts'
import { ValidationConfigSchema } from './gen/validation_config_pb.ts'

/** The messages that come as files of their own, and how a person calls them. */
export const KINDS: ReadonlyMap<DescMessage, string> = new Map<DescMessage, string>([
  [SchemaSchema, 'a schema'],
  [DatasetFeatureStatisticsListSchema, 'statistics'],
  [AnomaliesSchema, 'a list of anomalies'],
  [ValidationConfigSchema, 'a validation configuration'],
  [CustomValidationConfigSchema, 'a custom validation configuration'],
])

export const kindOf = (schema: DescMessage): string => KINDS.get(schema) ?? schema.name
