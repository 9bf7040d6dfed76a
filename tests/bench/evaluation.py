"""Evaluates predictions by TensorFlow Model Analysis, overall and by slices: python evaluation.py FILE SLICES.

SLICES: columns with commas. Prints seconds without and with the import of the libraries, the largest memory in bytes,
the number of slices, and accuracy and AUC of all rows.
"""
import time

started = time.time()
import resource
import sys

import pandas
import tensorflow_model_analysis as tfma
from google.protobuf import text_format
from tensorflow_model_analysis.proto import config_pb2

path, columns = sys.argv[1], sys.argv[2].split(",")
METRICS = ["BinaryAccuracy", "Precision", "Recall", "F1Score", "BinaryCrossEntropy", "AUC", "MatthewsCorrelationCoefficient"]
began = time.time()
frame = pandas.read_csv(path, dtype={name: str for name in columns}).rename(columns={"probability": "prediction"})
metrics = "".join(f'metrics {{ class_name: "{name}" }}' for name in METRICS)
slices = "".join(f'slicing_specs {{ feature_keys: "{name}" }}' for name in columns)
config = text_format.Parse(
    f'model_specs {{ label_key: "label" prediction_key: "prediction" }} metrics_specs {{ {metrics} }} slicing_specs {{}} {slices}',
    config_pb2.EvalConfig())
result = tfma.analyze_raw_data(frame, config)
ended = time.time()
overall = next(metrics[""][""] for key, metrics in result.slicing_metrics if not key)
value = lambda name: list(overall[name].values())[0]
print(ended - began, ended - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
      len(result.slicing_metrics), value("binary_accuracy"), value("auc"))
