#!/usr/bin/env bash
# Builds `crane`, a tool of others that reads OCI image layouts, and prints where it is; `EDGEWRIGHT_CRANE` names it to the
# tests. A second run takes no time.
set -euo pipefail
. "$(dirname "$0")/go.sh"

version='v0.22.1'

build() {
  GOBIN="$PWD" "$go" install "github.com/google/go-containerregistry/cmd/crane@$version"
  mv crane tool
}

built "crane-$version/crane" build
