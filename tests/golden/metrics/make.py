"""Makes metrics.json: figures of made-up predictions by scikit-learn, as its documentation defines them.

    pip install scikit-learn && python make.py
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn import metrics as m

random = np.random.default_rng(7)
cases = []


def listed(values):
    return [float(value) for value in values]


def binary(name, labels, scores):
    predicted = (scores >= 0.5).astype(int)
    counts = m.confusion_matrix(labels, predicted, labels=[0, 1])
    cases.append({
        "name": name, "task": "binary", "labels": labels.tolist(), "scores": listed(scores),
        "confusion": counts.tolist(),
        "metrics": {
            "accuracy": m.accuracy_score(labels, predicted),
            "precision": m.precision_score(labels, predicted, zero_division=0),
            "recall": m.recall_score(labels, predicted, zero_division=0),
            "f1": m.f1_score(labels, predicted, zero_division=0),
            "auc": m.roc_auc_score(labels, scores),
            "averagePrecision": m.average_precision_score(labels, scores),
            "logLoss": m.log_loss(labels, scores),
        },
    })


def multiclass(name, labels, probabilities):
    classes = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    hot = np.eye(classes)[labels]
    cases.append({
        "name": name, "task": "multiclass", "labels": labels.tolist(),
        "probabilities": [listed(row) for row in probabilities],
        "confusion": m.confusion_matrix(labels, predicted, labels=range(classes)).tolist(),
        "metrics": {
            "accuracy": m.accuracy_score(labels, predicted),
            "precision": m.precision_score(labels, predicted, average="macro", zero_division=0),
            "recall": m.recall_score(labels, predicted, average="macro", zero_division=0),
            "f1": m.f1_score(labels, predicted, average="macro", zero_division=0),
            "auc": m.roc_auc_score(labels, probabilities, multi_class="ovr", average="macro"),
            "averagePrecision": m.average_precision_score(hot, probabilities, average="macro"),
            "logLoss": m.log_loss(labels, probabilities, labels=range(classes)),
            **{f"top{k}Accuracy": m.top_k_accuracy_score(labels, probabilities, k=k, labels=range(classes))
               for k in [3, 5] if k < classes},
        },
    })


def regression(name, actual, predicted):
    cases.append({
        "name": name, "task": "regression", "actual": listed(actual), "predicted": listed(predicted),
        "metrics": {
            "mse": m.mean_squared_error(actual, predicted),
            "rmse": m.root_mean_squared_error(actual, predicted),
            "mae": m.mean_absolute_error(actual, predicted),
            "r2": m.r2_score(actual, predicted),
        },
    })


labels = random.integers(0, 2, 200)
binary("scores that lean the right way", labels, np.clip(0.5 * random.random(200) + 0.35 * labels, 0, 1))
binary("many equal scores", labels, np.round(0.6 * random.random(200) + 0.3 * labels, 1))
binary("sure and sometimes wrong", labels, np.where(random.random(200) < 0.1, 1 - labels, labels).astype(float))
rare = (random.random(300) < 0.03).astype(int)
binary("a rare class", rare, np.clip(0.3 * random.random(300) + 0.2 * rare, 0, 1))
labels = random.integers(0, 4, 150)
weights = random.random((150, 4)) + 0.8 * np.eye(4)[labels]
multiclass("four classes", labels, weights / weights.sum(axis=1, keepdims=True))
labels = np.concatenate([np.arange(7), random.integers(0, 7, 80)])
weights = np.round(random.random((87, 7)) + 0.5 * np.eye(7)[labels], 1)
multiclass("seven classes with ties and zeros", labels, weights / weights.sum(axis=1, keepdims=True))
actual = random.normal(50, 20, 120)
regression("values with noise", actual, actual + random.normal(0, 5, 120))
regression("worse than the mean", actual, -actual)

out = {"made with": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}", "cases": cases}
pathlib.Path(__file__).with_name("metrics.json").write_text(json.dumps(out, indent=1) + "\n")
