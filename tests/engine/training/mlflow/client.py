"""What a training script does with MLflow's client, and what it reads back, as JSON: python client.py."""

import json
import os
import sys
import tempfile

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

mlflow.set_experiment("prices")
again = mlflow.set_experiment("prices")
with mlflow.start_run(run_name="outer", tags={"team": "blue"}) as outer:
    mlflow.log_param("rate", 0.1)
    mlflow.log_params({"units": 32, "optimizer": "adam"})
    for step in range(3):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_metrics({"accuracy": 0.5, "bad": float("nan")}, step=2)
    mlflow.set_tag("note", "größer")
    mlflow.set_tags({"a": "1", "b": "2"})
    mlflow.log_dict({"k": [1, 2]}, "some/config.json")
    mlflow.log_text("hello", "hello.txt")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "big.bin")
        with open(path, "wb") as file:
            file.write(bytes(range(256)) * 4096)
        mlflow.log_artifact(path, "files")
    with mlflow.start_run(run_name="inner", nested=True) as inner:
        mlflow.log_metric("loss", 7)

client = MlflowClient()
try:
    client.log_param(outer.info.run_id, "rate", 0.2)
    refused = None
except Exception as error:
    refused = str(error)
made = client.create_run(again.experiment_id, run_name="batch")
client.log_batch(
    made.info.run_id,
    metrics=[Metric("loss", 3 - i, 1_700_000_000_000 + i, i) for i in range(3)],
    params=[Param("rate", "0.3")],
    tags=[RunTag("team", "red")],
)
client.delete_tag(made.info.run_id, "team")
client.set_terminated(made.info.run_id, "FAILED")


def names(filter="", **options):
    return [run.info.run_name for run in client.search_runs([again.experiment_id], filter, **options)]


found = client.get_run(outer.info.run_id)
print()
json.dump(
    {
        "experiments": sorted(each.name for each in client.search_experiments()),
        "status": found.info.status,
        "params": found.data.params,
        "accuracy": found.data.metrics["accuracy"],
        "bad": str(found.data.metrics["bad"]),
        "tags": {k: v for k, v in found.data.tags.items() if not k.startswith("mlflow.")},
        "history": [[m.step, m.value] for m in client.get_metric_history(outer.info.run_id, "loss")],
        "files": sorted(each.path for each in client.list_artifacts(outer.info.run_id)),
        "config": mlflow.artifacts.load_dict(f"runs:/{outer.info.run_id}/some/config.json"),
        "parent": client.get_run(inner.info.run_id).data.tags["mlflow.parentRunId"] == outer.info.run_id,
        "refused": refused,
        "all": sorted(names()),
        "good": names("metrics.loss < 0.5 and params.optimizer = 'adam' and attributes.status = 'FINISHED'"),
        "ordered": names(order_by=["metrics.loss DESC"]),
        "like": names("tags.team LIKE 'bl%'"),
        "pages": [len(client.search_runs([again.experiment_id], max_results=2)), 3],
        "failed": client.get_run(made.info.run_id).info.status,
        "missing": client.get_experiment_by_name("nothing") is None,
    },
    sys.stdout,
)
