"""Makes predictions of made-up models and evaluation.json: their figures by scikit-learn and SciPy.

    pip install scikit-learn && python make.py

Figures of TensorFlow Model Analysis for the same rows are added by make_tfma.py.
"""
import csv
import json
import math
import pathlib

import numpy as np
import scipy
import scipy.stats as st
import sklearn
from sklearn import metrics as m

here = pathlib.Path(__file__).parent
random = np.random.default_rng(11)
SITES = ["Graz", "Linz", "Ulm"]


def write(name, columns):
    with open(here / name, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values()))


def counted(labels, predicted, classes):
    binary = len(classes) == 2
    figures = {
        "accuracy": m.accuracy_score(labels, predicted),
        "balancedAccuracy": m.balanced_accuracy_score(labels, predicted),
        "mcc": m.matthews_corrcoef(labels, predicted),
        "kappa": m.cohen_kappa_score(labels, predicted),
    }
    for name, of in [("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score)]:
        for average in ["macro", "micro", "weighted"]:
            figures[name + average.capitalize()] = of(labels, predicted, average=average, zero_division=0)
        figures[name] = of(labels, predicted, zero_division=0) if binary else figures[name + "Macro"]
    if binary:
        figures["specificity"] = m.recall_score(labels, predicted, pos_label=0, zero_division=0)
    return figures


def ece(sure, right):
    bins = np.minimum(9, np.floor(sure * 10).astype(int))
    return sum(abs(sure[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in range(10) if (bins == b).any())


def binary(labels, scores):
    predicted = (scores >= 0.5).astype(int)
    return counted(labels, predicted, [0, 1]) | {
        "auc": m.roc_auc_score(labels, scores),
        "averagePrecision": m.average_precision_score(labels, scores),
        "logLoss": m.log_loss(labels, scores),
        "brier": m.brier_score_loss(labels, scores),
        "ece": ece(scores, labels),
    }


def multiclass(labels, probabilities):
    k = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    hot = np.eye(k)[labels]
    return counted(labels, predicted, range(k)) | {
        "auc": m.roc_auc_score(labels, probabilities, multi_class="ovr", average="macro"),
        "averagePrecision": m.average_precision_score(hot, probabilities, average="macro"),
        "logLoss": m.log_loss(labels, probabilities, labels=range(k)),
        "brier": ((probabilities - hot) ** 2).sum(axis=1).mean(),
        "ece": ece(probabilities.max(axis=1), (predicted == labels).astype(float)),
        "top3Accuracy": m.top_k_accuracy_score(labels, probabilities, k=3, labels=range(k)),
        "top5Accuracy": m.top_k_accuracy_score(labels, probabilities, k=5, labels=range(k)),
    }


def regression(actual, predicted):
    return {
        "mse": m.mean_squared_error(actual, predicted),
        "rmse": m.root_mean_squared_error(actual, predicted),
        "mae": m.mean_absolute_error(actual, predicted),
        "medianAbsoluteError": m.median_absolute_error(actual, predicted),
        "maxError": m.max_error(actual, predicted),
        "mape": m.mean_absolute_percentage_error(actual, predicted),
        "bias": float((predicted - actual).mean()),
        "r2": m.r2_score(actual, predicted),
        "pearson": st.pearsonr(actual, predicted)[0],
    }


def components(labels, scores):
    positives, negatives = scores[labels == 1], scores[labels == 0]
    wins = (positives[:, None] > negatives) + 0.5 * (positives[:, None] == negatives)
    return wins.mean(axis=1), wins.mean(axis=0)


def delong(labels, one, other):
    """DeLong, DeLong and Clarke-Pearson 1988, as written."""
    a, b = components(labels, one), components(labels, other)
    v10, v01 = np.cov(a[0], b[0]), np.cov(a[1], b[1])
    s = v10 / len(a[0]) + v01 / len(a[1])
    change = b[0].mean() - a[0].mean()
    error = math.sqrt(s[0, 0] + s[1, 1] - 2 * s[0, 1])
    z = st.norm.ppf(0.975)
    return {"auc": a[0].mean(), "low": a[0].mean() - z * math.sqrt(s[0, 0]), "high": a[0].mean() + z * math.sqrt(s[0, 0]),
            "change": change, "changeLow": change - z * error, "changeHigh": change + z * error, "chance": 2 * st.norm.sf(abs(change / error))}


def mean_interval(values):
    low, high = st.t.interval(0.95, len(values) - 1, values.mean(), st.sem(values))
    return {"low": low, "high": high}


def by_site(sites, of):
    return {site: of(sites == site) for site in SITES}


n = 600
labels = random.integers(0, 2, n)
sites = np.array(SITES)[random.integers(0, 3, n)]
age = random.integers(18, 80, n)
noise = np.where((sites == "Ulm") & (age > 60), 0.9, 0.35)
one = np.round(np.clip(0.5 + (labels - 0.5) * 0.5 + noise * random.normal(0, 1, n) * 0.7, 0.001, 0.999), 6)
other = np.round(np.clip(one + random.normal(0, 0.12, n), 0.001, 0.999), 6)
for name, scores in [("binary", one), ("binary_other", other)]:
    write(name + ".csv", {"label": labels, "probability": scores, "site": sites, "age": age})
right = [(scores >= 0.5) == labels for scores in (one, other)]
losses = [-np.log(np.where(labels == 1, s, 1 - s)) for s in (one, other)]
wilson = st.binomtest(int(right[0].sum()), n).proportion_ci(method="wilson")
lost, gained = int((right[0] & ~right[1]).sum()), int((~right[0] & right[1]).sum())
cases = {"binary": {
    "metrics": binary(labels, one), "slices": by_site(sites, lambda mine: binary(labels[mine], one[mine])),
    "old": binary(labels[age > 60], one[age > 60]),
    "intervals": {"accuracy": {"low": wilson.low, "high": wilson.high}, "logLoss": mean_interval(losses[0]),
                  "brier": mean_interval((one - labels) ** 2)},
    "delong": delong(labels, one, other),
    "mcnemar": {"lost": lost, "gained": gained, "chance": st.binomtest(lost, lost + gained).pvalue},
    "logLossChange": {"chance": st.ttest_rel(losses[1], losses[0]).pvalue} | mean_interval(losses[1] - losses[0]),
}}

classes = [f"c{i}" for i in range(7)]
labels = random.integers(0, 7, n)
weights = random.random((n, 7)) + 0.6 * np.eye(7)[labels]
probabilities = np.round(weights / weights.sum(axis=1, keepdims=True), 7)
write("multiclass.csv", {"label": [classes[i] for i in labels], "site": sites}
      | {f"probability_{c}": probabilities[:, i] for i, c in enumerate(classes)})
cases["multiclass"] = {"metrics": multiclass(labels, probabilities),
                       "slices": by_site(sites, lambda mine: multiclass(labels[mine], probabilities[mine]))}

actual = np.round(random.normal(50, 12, n), 4)
predicted = np.round(actual + random.normal(0.5, 4, n), 4)
write("regression.csv", {"label": actual, "prediction": predicted, "site": sites})
r = cases["regression"] = {"metrics": regression(actual, predicted),
                           "slices": by_site(sites, lambda mine: regression(actual[mine], predicted[mine]))}
z = np.arctanh(r["metrics"]["pearson"])
reach = st.norm.ppf(0.975) / math.sqrt(n - 3)
r["intervals"] = {"mae": mean_interval(abs(actual - predicted)), "bias": mean_interval(predicted - actual),
                  "pearson": {"low": math.tanh(z - reach), "high": math.tanh(z + reach)}}
r["quantiles"] = {str(q): float(np.quantile(actual - predicted, q)) for q in [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]}

path = here / "evaluation.json"
before = json.loads(path.read_text()) if path.exists() else {}
out = {"made with": f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}, numpy {np.__version__}", "cases": cases}
if "tfma" in before:
    out["tfma"] = before["tfma"]
path.write_text(json.dumps(out, indent=1, default=float) + "\n")
