#!/usr/bin/env bash
# Builds `oras/pull.go`, which reads OCI image layouts by the library of ORAS, and prints where it is; `EDGEWRIGHT_ORAS`
# names it to the tests. (The `oras` command itself is no module that Go's mirror gives out.) A second run takes no time.
set -euo pipefail
. "$(dirname "$0")/go.sh"

version='v2.6.4'
source="$(cd "$(dirname "$0")" && pwd)/oras/pull.go"

build() {
  cp "$source" .
  "$go" mod init pull
  "$go" get "oras.land/oras-go/v2@$version"
  "$go" build -mod=mod -o tool .
}

built "oras-$version-$(sha256sum "$source" | head -c 12)/pull" build
