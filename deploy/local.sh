#!/usr/bin/env bash
# Runs all of Reveille on this machine. Arguments go to `python -m service`, e.g. `deploy/local.sh demo`.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=deploy/venv.sh
source "$root/deploy/venv.sh"
make_venv "$root"
export PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
export REVEILLE_STORE=${REVEILLE_STORE:-sqlite:$root/.reveille/reveille.db}
exec "$root/.venv/bin/python" -m service "$@"
