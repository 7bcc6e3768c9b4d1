#!/usr/bin/env bash
# Lints, type-checks and runs all tests. Arguments go to pytest, e.g. `tests/run.sh tests/domain`.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=deploy/venv.sh
source "$root/deploy/venv.sh"
make_venv "$root" "$root/tests/requirements.txt"
cd "$root"
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
exec .venv/bin/pytest -n 2 --dist worksteal "$@"
