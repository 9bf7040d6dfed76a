#!/usr/bin/env bash
# Builds `oras/pull.go`, which reads OCI image layouts by the library of ORAS, and prints where it is; `EDGEWRIGHT_ORAS`
# names it to the tests. (The `oras` command itself is no module that Go's mirror gives out.) Go checks what it fetches
# against its public log of checksums. A second run takes no time.
set -euo pipefail

version='v2.6.4'
source="$(cd "$(dirname "$0")" && pwd)/oras/pull.go"
cache="${EDGEWRIGHT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/edgewright}"
tool="$cache/oras-$version-$(sha256sum "$source" | head -c 12)/pull"

if [ -x "$tool" ]; then
  echo "$tool"
  exit 0
fi
go="$(command -v go || true)"
[ -n "$go" ] || go=/usr/local/go/bin/go
if [ ! -x "$go" ]; then
  echo 'Building it needs Go. Install it and run this again.' >&2
  exit 1
fi
mkdir -p "$cache"
work="$(mktemp -d "$cache/oras-build.XXXXXX")"
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
echo "Building a reader of layouts on oras-go $version, once…" >&2
export GOPATH="$work/path" GOCACHE="$work/cache" GOFLAGS=-modcacherw
mkdir "$work/pull"
cp "$source" "$work/pull/"
cd "$work/pull"
"$go" mod init pull >/dev/null 2>&1
"$go" get "oras.land/oras-go/v2@$version" >/dev/null 2>&1 || "$go" get "oras.land/oras-go/v2@$version" >&2
"$go" build -mod=mod -o pull . >&2
mkdir -p "$(dirname "$tool")"
mv -f pull "$tool"
echo "$tool"
