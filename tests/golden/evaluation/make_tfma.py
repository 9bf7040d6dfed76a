"""Adds the figures of TensorFlow Model Analysis, overall and by site, to evaluation.json.

    pip install tensorflow-model-analysis && python make_tfma.py
"""
import json
import pathlib

import pandas as pd
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import config_pb2
from google.protobuf import text_format

here = pathlib.Path(__file__).parent

NAMES = {
    "binary": {"binary_accuracy": "accuracy", "precision": "precision", "recall": "recall", "f1_score": "f1",
               "specificity": "specificity", "matthews_correlation_coefficient": "mcc", "balanced_accuracy": "balancedAccuracy",
               "binary_crossentropy": "logLoss", "auc": "auc"},
    "regression": {"mean_squared_error": "mse", "root_mean_squared_error": "rmse", "mean_absolute_error": "mae",
                   "coefficient_of_discrimination": None, "mean_absolute_percentage_error": "mape",
                   "squared_pearson_correlation": "pearsonSquared"},
}
METRICS = {
    "binary": ["BinaryAccuracy", "Precision", "Recall", "F1Score", "Specificity", "MatthewsCorrelationCoefficient",
               "BalancedAccuracy", "BinaryCrossEntropy", "AUC"],
    "regression": ["MeanSquaredError", "RootMeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError",
                   "SquaredPearsonCorrelation"],
}


def figures(frame, config):
    result = tfma.analyze_raw_data(frame, config)
    return {",".join(value for _, value in key) or "overall":
            {name: list(value.values())[0] for name, value in metrics[""][""].items()} for key, metrics in result.slicing_metrics}


out = {"made with": f"TFMA {tfma.version.VERSION}"}
for case, prediction in [("binary", "probability"), ("regression", "prediction")]:
    frame = pd.read_csv(here / f"{case}.csv").rename(columns={prediction: "prediction"})
    frame["label"] = frame["label"].astype("float32" if case == "regression" else "int64")
    frame["prediction"] = frame["prediction"].astype("float64")
    metrics = "".join(f'metrics {{ class_name: "{name}" }}' for name in METRICS[case])
    config = text_format.Parse(
        f'model_specs {{ label_key: "label" prediction_key: "prediction" }} metrics_specs {{ {metrics} }}'
        'slicing_specs {} slicing_specs { feature_keys: "site" }', config_pb2.EvalConfig())
    found = figures(frame, config)
    out[case] = {key: {NAMES[case][name]: value for name, value in values.items() if NAMES[case].get(name)} for key, values in found.items()}

path = here / "evaluation.json"
kept = json.loads(path.read_text())
kept["tfma"] = out
path.write_text(json.dumps(kept, indent=1, default=float) + "\n")
