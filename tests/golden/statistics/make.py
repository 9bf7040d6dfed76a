"""Makes the statistics beside it: those that TensorFlow Data Validation 1.16.1 gives of a made-up table.

    node -e "import('./tests/engine/statistics/tfdvData.ts').then(m => process.stdout.write(m.visits()))" > visits.csv
    pip install tensorflow-data-validation==1.16.1 dill && python tests/golden/statistics/make.py visits.csv [plain …]
"""
import gzip
import json
import pathlib
import sys

import tensorflow_data_validation as tfdv
from apache_beam.options.pipeline_options import PipelineOptions
from google.protobuf import json_format, text_format
from tensorflow_data_validation.statistics.generators import cross_feature_stats_generator
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.public.proto import slicing_spec_pb2

schema = text_format.Parse(
    'feature { name: "code" type: INT int_domain { is_categorical: true } } feature { name: "age" type: INT bool_domain {} }',
    schema_pb2.Schema(),
)
lifted = text_format.Parse(
    """feature { name: "age" type: INT bool_domain {} } feature { name: "city" type: BYTES }
    feature { name: "code" type: INT int_domain { is_categorical: true } } feature { name: "none" type: BYTES }
    feature { name: "score" type: FLOAT } feature { name: "share" type: FLOAT }""",
    schema_pb2.Schema(),
)
named = text_format.Parse(
    """feature { name: "score" type: FLOAT float_domain { is_categorical: true } }
    feature { name: "odd" type: FLOAT float_domain { is_categorical: true } }
    feature { name: "age" type: INT int_domain { is_categorical: true } }
    feature { name: "code" type: FLOAT float_domain { is_categorical: true } }""",
    schema_pb2.Schema(),
)


def slices(*keys):
    spec = slicing_spec_pb2.SlicingSpec(feature_keys=keys)
    return slicing_spec_pb2.SlicingConfig(slicing_specs=[spec])


wanted = {
    'plain': {},
    'weighted': {'weight_feature': 'weight'},
    'categories': {'schema': schema, 'weight_feature': 'weight'},
    'sliced': {'weight_feature': 'weight', 'slicing_config': slices('city', 'code')},
    'cross': {
        # All rows, not the tenth of them that is its default.
        'generators': [cross_feature_stats_generator.CrossFeatureStatsGenerator(sample_rate=1.0)],
        'slicing_config': slices('share'),
    },
    'lift': {'schema': lifted, 'label_feature': 'city', 'weight_feature': 'weight', 'slicing_config': slices('share')},
    'lift_of_numbers': {'schema': lifted, 'label_feature': 'code'},
    'float_categories': {'schema': named, 'weight_feature': 'weight', 'use_sketch_based_topk_uniques': True},
}
only = sys.argv[2:] or list(wanted)
folder = pathlib.Path(__file__).parent
for name in only:
    options = wanted[name]
    found = tfdv.generate_statistics_from_csv(
        sys.argv[1],
        stats_options=tfdv.StatsOptions(**options),
        # The pipeline that its lift builds does not pass the type check of the Beam that it asks for.
        pipeline_options=PipelineOptions(pipeline_type_check=False),
    )
    message = json_format.MessageToDict(found, preserving_proto_field_name=True)
    text = json.dumps(message, ensure_ascii=False, separators=(',', ':')) + '\n'
    if name in ('sliced', 'lift'):
        (folder / f'{name}.json.gz').write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    else:
        (folder / f'{name}.json').write_text(text)
