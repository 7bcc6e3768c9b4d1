# shellcheck shell=bash
# Sourced by deploy/local.sh and tests/run.sh: makes .venv with the packages that the image has, and those of one
# requirements file more. Installs only when one of these has changed since the last time.

make_venv() { # ROOT [REQUIREMENTS]
    local root=$1 requirements=${2:-} python=${PYTHON:-python3} lock=$1/deploy/requirements.lock
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        { echo "Reveille needs Python 3.11 or later; set PYTHON to one." >&2; exit 1; }
    local wanted mark
    wanted=$(cat "$lock" ${requirements:+"$requirements"} | cksum)
    mark="$root/.venv/installed-$(basename "$(dirname "${requirements:-$lock}")")"
    if [ "$(cat "$mark" 2>/dev/null)" = "$wanted" ]; then return; fi
    # Asked for pip: where python3-venv is missing, Debian leaves an environment without it behind.
    "$root/.venv/bin/python" -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear "$root/.venv" ||
        { echo "No virtual environment could be made: on Debian, apt-get install python3-venv." >&2; exit 1; }
    local pip=("$root/.venv/bin/python" -m pip install --quiet --disable-pip-version-check)
    "${pip[@]}" --require-hashes -r "$lock"
    [ -z "$requirements" ] || "${pip[@]}" -r "$requirements"
    echo "$wanted" >"$mark"
}
