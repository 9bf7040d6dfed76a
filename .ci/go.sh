# Sourced by the scripts that build a tool out of Go modules, once. Go checks what it fetches against its public log of
# checksums.
cache="${EDGEWRIGHT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/edgewright}"

# `built PLACE BUILD` prints where the tool lies, PLACE below the cache. Where it does not yet, BUILD is called in an empty
# folder, with Go at $go, and leaves it there as `tool`.
built() {
  local tool="$cache/$1" build="$2"
  if [ ! -x "$tool" ]; then
    go="$(command -v go || true)"
    [ -n "$go" ] || go=/usr/local/go/bin/go
    if [ ! -x "$go" ]; then
      echo "Building $1 needs Go. Install it and run this again." >&2
      return 1
    fi
    mkdir -p "$cache"
    work="$(mktemp -d "$cache/go-build.XXXXXX")"
    trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
    echo "Building $1, once…" >&2
    export GOPATH="$work/path" GOCACHE="$work/cache" GOFLAGS=-modcacherw
    mkdir "$work/build"
    (cd "$work/build" && "$build") >&2
    mkdir -p "$(dirname "$tool")"
    mv -f "$work/build/tool" "$tool"
  fi
  echo "$tool"
}
