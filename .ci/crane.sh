#!/usr/bin/env bash
# Builds `crane`, a tool of others that reads OCI image layouts, and prints where it is; `EDGEWRIGHT_CRANE` names it to the
# tests. Go checks what it fetches against its public log of checksums. A second run takes no time.
set -euo pipefail

version='v0.22.1'
cache="${EDGEWRIGHT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/edgewright}"
tool="$cache/crane-$version/crane"

if [ -x "$tool" ]; then
  echo "$tool"
  exit 0
fi
go="$(command -v go || true)"
[ -n "$go" ] || go=/usr/local/go/bin/go
if [ ! -x "$go" ]; then
  echo 'Building crane needs Go. Install it and run this again.' >&2
  exit 1
fi
mkdir -p "$cache"
work="$(mktemp -d "$cache/crane-build.XXXXXX")"
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
echo "Building crane $version, once…" >&2
GOBIN="$work/bin" GOPATH="$work/path" GOCACHE="$work/cache" GOFLAGS=-modcacherw \
  "$go" install "github.com/google/go-containerregistry/cmd/crane@$version" >&2
mkdir -p "$(dirname "$tool")"
mv -f "$work/bin/crane" "$tool"
echo "$tool"
