#!/usr/bin/env bash
# Puts python-tuf, the reference implementation of The Update Framework, beside the checkout: it verifies what we
# publish, and we verify what it publishes. Prints its Python. It is no part of the product. A second run finds it there
# and takes no time.
set -euo pipefail

cache="${EDGEWRIGHT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/edgewright}"
folder="$cache/tuf"
if [ ! -x "$folder/bin/python" ] || ! "$folder/bin/python" -c 'import tuf.ngclient, cryptography' >/dev/null 2>&1; then
  echo "Installing python-tuf to compare with, once…" >&2
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check 'tuf==7.*' 'securesystemslib[crypto]' >&2
fi
echo "$folder/bin/python"
