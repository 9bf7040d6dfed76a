#!/usr/bin/env bash
# Puts TensorFlow and LiteRT beside the checkout, as oracles for the files that we write, and prints their Python. They
# are no part of the product. A second run finds them there and takes no time.
set -euo pipefail

cache="${EDGEWRIGHT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/edgewright}"
folder="$cache/tensorflow"
if [ ! -x "$folder/bin/python" ] || ! "$folder/bin/python" -c 'import ai_edge_litert, tensorflow' >/dev/null 2>&1; then
  echo 'Installing TensorFlow and LiteRT to compare with, once…' >&2
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check 'tensorflow-cpu==2.21.*' 'ai-edge-litert==2.3.*' >&2
fi
echo "$folder/bin/python"
