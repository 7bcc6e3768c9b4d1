#!/usr/bin/env bash
# Installs what the benchmark `peers` needs: Debian's redis-server and postgresql (as root), and a virtual
# environment of the peers' own. No server is started: the benchmark runs its own, in folders of its own.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
if ((${#missing[@]})); then
    apt-get update -q
    # Debian starts services as it installs them; these are not wanted.
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
fi
python=${PYTHON:-python3}
venv=$(cd "$here/../../.." && pwd)/.venv-peers  # not below tests/: its files are not the project's
[ -x "$venv/bin/pip" ] || "$python" -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
