import { createRegistry } from '@bufbuild/protobuf'
import {
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from '@bufbuild/protobuf/wkt'
import { file_tensorflow_metadata_proto_v0_anomalies } from './gen/anomalies_pb.ts'
import { file_tensorflow_data_validation_anomalies_proto_custom_validation_config } from './gen/custom_validation_config_pb.ts'
import { file_tensorflow_metadata_proto_v0_derived_feature } from './gen/derived_feature_pb.ts'
import { file_tensorflow_core_example_example } from './gen/example_pb.ts'
import { file_tensorflow_core_example_feature } from './gen/feature_pb.ts'
import { file_tensorflow_metadata_proto_v0_path } from './gen/path_pb.ts'
import { file_tensorflow_metadata_proto_v0_schema } from './gen/schema_pb.ts'
import { file_tensorflow_metadata_proto_v0_statistics } from './gen/statistics_pb.ts'
import { file_tensorflow_data_validation_anomalies_proto_validation_config } from './gen/validation_config_pb.ts'

/** Every type that may lie inside a `google.protobuf.Any` and be shown by its fields. */
export const registry = createRegistry(
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  file_tensorflow_metadata_proto_v0_anomalies,
  file_tensorflow_metadata_proto_v0_derived_feature,
  file_tensorflow_core_example_example,
  file_tensorflow_core_example_feature,
  file_tensorflow_metadata_proto_v0_path,
  file_tensorflow_metadata_proto_v0_schema,
  file_tensorflow_metadata_proto_v0_statistics,
  file_tensorflow_data_validation_anomalies_proto_custom_validation_config,
  file_tensorflow_data_validation_anomalies_proto_validation_config,
)
