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

/** What the protobuf library says of bad input, without its own names for types. */
export function plain(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error)
  return said
    .replace(/^cannot decode (message|field) .*? from (text format|JSON): /, '')
    .replace(/^expected \w+ \((\w+)\): (.*) out of range$/s, '$2 is out of range for $1')
    .replaceAll(/(?:message|enum) (?:[a-z_\d]+\.)*([A-Z]\w*(?:\.\w+)*)/g, '$1')
    .replace(/\.$/, '')
}
