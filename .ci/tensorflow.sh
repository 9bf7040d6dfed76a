#!/usr/bin/env bash
# Puts a TensorFlow beside the checkout, as an oracle for the graphs that we write, and prints its Python. It is no part
# of the product. A second run finds it there and takes no time.
set -euo pipefail

cache="${EDGEWRIGHT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/edgewright}"
folder="$cache/tensorflow"
if [ ! -x "$folder/bin/python" ] || ! "$folder/bin/python" -c 'import tensorflow' >/dev/null 2>&1; then
  echo 'Installing TensorFlow to compare with, once…' >&2
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check 'tensorflow-cpu==2.21.*' >&2
fi
echo "$folder/bin/python"
