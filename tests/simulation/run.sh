#!/usr/bin/env bash
# Lives through seeded worlds and prints one JSON line: tests/simulation/run.sh --seeds N [--first SEED]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=deploy/venv.sh
source "$root/deploy/venv.sh"
make_venv "$root" "$root/tests/requirements.txt"
cd "$root"
exec .venv/bin/python -m tests.simulation.run "$@"
