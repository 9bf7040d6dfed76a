#!/usr/bin/env bash
# Puts MLflow's client, TensorBoard and scikit-learn beside the checkout, as oracles for what we answer, write and
# measure, and prints their Python. They are no part of the product. A second run finds them there and takes no time.
set -euo pipefail

cache="${EDGEWRIGHT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/edgewright}"
folder="$cache/mlflow"
if [ ! -x "$folder/bin/python" ] || ! "$folder/bin/python" -c 'import mlflow, sklearn, tensorboard' >/dev/null 2>&1; then
  echo "Installing MLflow's client, TensorBoard and scikit-learn to compare with, once…" >&2
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
    'mlflow-skinny==3.17.*' 'tensorboard==2.21.*' 'scikit-learn' 'setuptools<81' >&2
fi
echo "$folder/bin/python"
