#!/usr/bin/env bash
# Runs the benchmarks, or the one of that name, and writes their figures as Markdown: tests/bench/run.sh
# [NAME] [small|usual|large]. Each one's JSON line goes to stderr; some minutes in all, `large` takes hours.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=deploy/venv.sh
source "$root/deploy/venv.sh"
make_venv "$root" "$root/tests/requirements.txt"
cd "$root"
exec .venv/bin/python -m tests.bench.run "$@"
