/**
 * TensorFlow Metadata: schemas, statistics and anomalies as messages and as files that TensorFlow Data Validation, TFX
 * and Vertex AI read and write. A message type `X` comes with its description `XSchema`, for `create(XSchema, {…})`.
 */
export { clearField, clone, create, equals, isFieldSet, type MessageInitShape } from '@bufbuild/protobuf'
export { anyUnpack } from '@bufbuild/protobuf/wkt'
export { readMessage, writeMessage } from './files.ts'
export * from './gen/anomalies_pb.ts'
export * from './gen/custom_validation_config_pb.ts'
export * from './gen/custom_validation_config_pb.ts'
export * from './gen/derived_feature_pb.ts'
export { type Example, ExampleSchema, type SequenceExample, SequenceExampleSchema } from './gen/example_pb.ts'
export {
  type BytesList,
  BytesListSchema,
  type Feature as ExampleFeature,
  type FeatureList,
  FeatureListSchema,
  type FeatureLists,
  FeatureListsSchema,
  FeatureSchema as ExampleFeatureSchema,
  type Features,
  FeaturesSchema,
  type FloatList,
  FloatListSchema,
  type Int64List,
  Int64ListSchema,
} from './gen/feature_pb.ts'
export * from './gen/path_pb.ts'
export * from './gen/schema_pb.ts'
export * from './gen/statistics_pb.ts'
export * from './gen/validation_config_pb.ts'
export { fromJson, toJson } from './json.ts'
export { mergeShards } from './shards.ts'
export { fromText, toText } from './text.ts'
export { frameRecord, isTfrecord, type ReadRecordsOptions, readRecords, writeRecords } from './tfrecord.ts'
