#!/usr/bin/env bash
# Puts Ray beside the checkout, under a Python that can also load TensorFlow, and prints its command: the tests start
# clusters of their own with it. It is no part of the product. A second run finds it there and takes no time.
set -euo pipefail
cd "$(dirname "$0")/.."

cache="${EDGEWRIGHT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/edgewright}"
folder="$cache/ray"
tensorflow=$(bash .ci/tensorflow.sh)
loads() { "$folder/bin/python" -c 'import aiohttp, ray, tensorflow' >/dev/null 2>&1; }
if [ ! -x "$folder/bin/ray" ] || ! loads; then
  echo 'Installing Ray to train on, once…' >&2
  rm -rf "$folder"
  python3 -m venv "$folder"
  # TensorFlow is used where it lies: what only that one has is found behind what is installed here.
  packages() { "$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; }
  packages "$(dirname "$(dirname "$tensorflow")")" >"$(packages "$folder")/tensorflow.pth"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check 'ray[default]==2.60.*' >&2
  loads
fi
echo "$folder/bin/ray"
