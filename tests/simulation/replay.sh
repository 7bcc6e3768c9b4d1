#!/usr/bin/env bash
# Tells one seed's story step by step: tests/simulation/replay.sh SEED
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=deploy/venv.sh
source "$root/deploy/venv.sh"
make_venv "$root" "$root/tests/requirements.txt"
cd "$root"
exec .venv/bin/python -m tests.simulation.run --replay "${1:?which seed?}"
