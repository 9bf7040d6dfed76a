#!/usr/bin/env bash
# Real container engines for the tests. `docker.sh install` puts the programs in place; `docker.sh with COMMAND...` runs a
# command beside two engines and a sshd of its own: one engine on a socket, one over TLS on loopback as the remote
# computer, and the first one again through ssh. They run in the network that the command runs in, and end with it. What
# is there is told by EDGEWRIGHT_DOCKER (the socket), EDGEWRIGHT_DOCKER_TLS with EDGEWRIGHT_DOCKER_CERT (the folder of
# the certificates; beside it `stranger`, which the engine does not know), and EDGEWRIGHT_DOCKER_SSH with
# EDGEWRIGHT_DOCKER_KEY. `docker.sh swarm COMMAND...` runs it beside a swarm of two engines, each with a network of its
# own and a line between them: EDGEWRIGHT_SWARM is the socket of the one that manages it, EDGEWRIGHT_SWARM_NODE that of the
# other. Needs root; without it the command runs and the tests skip what they lack.
set -euo pipefail

install() {
  if command -v dockerd >/dev/null && command -v sshd >/dev/null && command -v ip >/dev/null && command -v curl >/dev/null; then return; fi
  echo "Installing Docker and an ssh server" >&2
  apt-get update -qq >/dev/null
  # The tests start engines of their own; that of the system stays as it is.
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq docker.io openssh-server iproute2 openssl curl >/dev/null
  rm -f /usr/sbin/policy-rc.d
}

# Certificates of an authority in a folder: for an engine on loopback, and for who may use it.
certificates() {
  local folder=$1
  mkdir -p "$folder"
  (
    cd "$folder"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=test authority" \
      -keyout ca-key.pem -out ca.pem
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=engine" -keyout server-key.pem -out server.csr
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=person" -keyout key.pem -out client.csr
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 30 -out server-cert.pem \
      -extfile <(printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth')
    openssl x509 -req -in client.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 30 -out cert.pem \
      -extfile <(printf 'extendedKeyUsage=clientAuth')
  ) 2>/dev/null
}

free_port() {
  node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'
}

# engine NAME BRIDGE SUBNET ARGUMENTS...: one dockerd with all that is its own in a folder.
engine() {
  local name=$1 bridge=$2 subnet=$3
  shift 3
  ip link add "$bridge" type bridge 2>/dev/null || true
  ip addr replace "$subnet" dev "$bridge"
  ip link set "$bridge" up
  bridges+=("$bridge")
  mkdir -p "$root/$name"
  # The firewall of the machine stays as it is: nothing in the tests goes out.
  dockerd --data-root "$root/$name/data" --exec-root "$root/$name/exec" --pidfile "$root/$name/pid" \
    --bridge "$bridge" --iptables=false "$@" >"$root/$name/log" 2>&1 &
  pids+=($!)
}

within() {
  local seconds=$1
  shift
  for _ in $(seq $((seconds * 5))); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.2
  done
  return 1
}

finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  for bridge in "${bridges[@]}"; do ip link del "$bridge" 2>/dev/null || true; done
  rm -rf "$root" 2>/dev/null || true
}

with() {
  if [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null || ! command -v sshd >/dev/null; then
    echo "No container engine can be started here; the tests that need one say so." >&2
    exec "$@"
  fi
  root=$(mktemp -d /var/tmp/edgewright-docker.XXXXXX)
  pids=()
  bridges=()
  trap finish EXIT
  local tls_port ssh_port
  tls_port=$(free_port)
  ssh_port=$(free_port)
  certificates "$root/certificates"
  certificates "$root/certificates/stranger"
  # Names of bridges are short, and several may run side by side.
  engine socket "ewa$$" 10.213.1.1/24 -H "unix://$root/docker.sock"
  engine tls "ewb$$" 10.213.2.1/24 -H "tcp://127.0.0.1:$tls_port" -H "unix://$root/tls.sock" --tlsverify \
    --tlscacert "$root/certificates/ca.pem" --tlscert "$root/certificates/server-cert.pem" \
    --tlskey "$root/certificates/server-key.pem"

  mkdir -p /run/sshd
  ssh-keygen -q -t ed25519 -N '' -f "$root/host_key"
  ssh-keygen -q -t ed25519 -N '' -f "$root/key"
  cp "$root/key.pub" "$root/authorized_keys"
  cat >"$root/sshd_config" <<CONFIG
ListenAddress 127.0.0.1
Port $ssh_port
HostKey $root/host_key
PidFile none
AuthorizedKeysFile $root/authorized_keys
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
CONFIG
  "$(command -v sshd)" -D -e -f "$root/sshd_config" >"$root/sshd.log" 2>&1 &
  pids+=($!)

  for socket in docker.sock tls.sock; do
    if ! within 60 curl -sf --unix-socket "$root/$socket" http://docker/_ping; then
      echo "An engine did not start:" >&2
      tail -n 20 "$root"/*/log >&2
      exit 1
    fi
  done
  export EDGEWRIGHT_DOCKER="unix://$root/docker.sock"
  export EDGEWRIGHT_DOCKER_TLS="tcp://127.0.0.1:$tls_port"
  export EDGEWRIGHT_DOCKER_CERT="$root/certificates"
  export EDGEWRIGHT_DOCKER_SSH="ssh://root@127.0.0.1:$ssh_port$root/docker.sock"
  export EDGEWRIGHT_DOCKER_KEY="$root/key"
  "$@"
}

# A swarm of two engines: each believes to be a computer of its own, with a wire to the other one.
swarm() {
  if [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null; then
    echo "No container engine can be started here; the tests that need a swarm say so." >&2
    exec "$@"
  fi
  root=$(mktemp -d /var/tmp/edgewright-swarm.XXXXXX)
  pids=()
  bridges=()
  trap finish EXIT
  local number homes=()
  for number in 1 2; do
    unshare -n sleep infinity &
    homes+=($!)
    pids+=($!)
  done
  # The namespace is another one as soon as its process is there.
  for number in 0 1; do
    within 10 bash -c "[ \"\$(readlink /proc/${homes[number]}/ns/net)\" != \"\$(readlink /proc/self/ns/net)\" ]"
  done
  ip link add "sw$$a" type veth peer name "sw$$b"
  ip link set "sw$$a" netns "${homes[0]}" name wire
  ip link set "sw$$b" netns "${homes[1]}" name wire
  for number in 1 2; do
    local home=(nsenter "--net=/proc/${homes[number - 1]}/ns/net")
    "${home[@]}" ip link set lo up
    "${home[@]}" ip addr add "10.214.0.$number/24" dev wire
    "${home[@]}" ip link set wire up
    "${home[@]}" ip link add inside type bridge
    "${home[@]}" ip addr add "10.215.$number.1/24" dev inside
    "${home[@]}" ip link set inside up
    mkdir -p "$root/$number"
    "${home[@]}" dockerd --data-root "$root/$number/data" --exec-root "$root/$number/exec" --pidfile "$root/$number/pid" \
      --bridge inside --iptables=false -H "unix://$root/$number.sock" >"$root/$number/log" 2>&1 &
    pids+=($!)
  done
  for number in 1 2; do
    if ! within 60 curl -sf --unix-socket "$root/$number.sock" http://docker/_ping; then
      echo "An engine did not start:" >&2
      tail -n 20 "$root"/*/log >&2
      exit 1
    fi
  done
  local token
  post() { curl -sf -X POST -H 'Content-Type: application/json' --unix-socket "$root/$1.sock" "http://docker$2" -d "$3"; }
  post 1 /swarm/init '{"ListenAddr":"10.214.0.1:2377","AdvertiseAddr":"10.214.0.1"}' >/dev/null
  token=$(curl -sf --unix-socket "$root/1.sock" http://docker/swarm | grep -o '"Worker":"[^"]*"' | cut -d '"' -f 4)
  post 2 /swarm/join "{\"ListenAddr\":\"10.214.0.2:2377\",\"AdvertiseAddr\":\"10.214.0.2\",\"JoinToken\":\"$token\",
    \"RemoteAddrs\":[\"10.214.0.1:2377\"]}" >/dev/null
  export EDGEWRIGHT_SWARM="unix://$root/1.sock"
  export EDGEWRIGHT_SWARM_NODE="unix://$root/2.sock"
  "$@"
}

case ${1:-} in
  install) install ;;
  with)
    shift
    with "$@"
    ;;
  swarm)
    shift
    swarm "$@"
    ;;
  *)
    echo "docker.sh install | docker.sh with COMMAND... | docker.sh swarm COMMAND..." >&2
    exit 2
    ;;
esac
