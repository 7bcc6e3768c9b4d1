#!/usr/bin/env bash
# Removes each guard in turn and shows that the suite notices: tests/simulation/mutate.sh [GUARD...]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=deploy/venv.sh
source "$root/deploy/venv.sh"
make_venv "$root" "$root/tests/requirements.txt"
cd "$root"
exec .venv/bin/python -m tests.simulation.mutate "$@"
