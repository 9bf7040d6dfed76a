"""Evaluates predictions by TensorFlow Model Analysis, overall and by slices: python evaluation.py FILE SLICES.

SLICES: columns with commas. The rows are given as record batches of 1,000, as TFMA reads files. Prints seconds without
and with the import of the libraries, seconds of processor, the largest memory in bytes, the number of slices, and
accuracy and AUC of all rows.
"""
import time

started = time.time()
import resource
import sys
import tempfile

import apache_beam as beam
import pandas
import pyarrow
import tensorflow_model_analysis as tfma
from google.protobuf import text_format
from tensorflow_model_analysis.proto import config_pb2
from tfx_bsl.arrow import table_util

path, columns = sys.argv[1], sys.argv[2].split(",")
BATCH = 1000
METRICS = ["BinaryAccuracy", "Precision", "Recall", "F1Score", "BinaryCrossEntropy", "AUC", "MatthewsCorrelationCoefficient"]
began = time.time()
frame = pandas.read_csv(path, dtype={name: str for name in columns}).rename(columns={"probability": "prediction"})
metrics = "".join(f'metrics {{ class_name: "{name}" }}' for name in METRICS)
slices = "".join(f'slicing_specs {{ feature_keys: "{name}" }}' for name in columns)
config = text_format.Parse(
    f'model_specs {{ label_key: "label" prediction_key: "prediction" }} metrics_specs {{ {metrics} }} slicing_specs {{}} {slices}',
    config_pb2.EvalConfig())
out = tempfile.mkdtemp()
batches = [
    table_util.CanonicalizeRecordBatch(pyarrow.RecordBatch.from_pandas(frame.iloc[at:at + BATCH], preserve_index=False))
    for at in range(0, len(frame), BATCH)
]
with beam.Pipeline() as pipeline:
    _ = (pipeline | beam.Create(batches) | tfma.ExtractEvaluateAndWriteResults(
        eval_config=config, output_path=out, writers=tfma.default_writers(out, eval_config=config)))
result = tfma.load_eval_result(out)
ended = time.time()
overall = next(metrics[""][""] for key, metrics in result.slicing_metrics if not key)
value = lambda name: list(overall[name].values())[0]
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(ended - began, ended - started, sum(each.ru_utime + each.ru_stime for each in used), used[0].ru_maxrss * 1024,
      len(result.slicing_metrics), value("binary_accuracy"), value("auc"))
