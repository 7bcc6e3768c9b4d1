#!/usr/bin/env bash
# What some tests need beside Python: Debian's chromium and shellcheck, and TypeScript. Without one they are skipped, loudly.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
install_seconds_max=300
typescript=5.9.3

if [ ! -x /usr/bin/chromium ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    timeout "$install_seconds_max" sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium' \
        >/dev/null 2>&1 || echo "chromium could not be installed" >&2
fi
if [ ! -x /usr/bin/shellcheck ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    timeout "$install_seconds_max" sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends shellcheck' \
        >/dev/null 2>&1 || echo "shellcheck could not be installed" >&2
fi
if [ ! -x "$root/tests/web/node_modules/.bin/tsc" ] && command -v npm >/dev/null; then
    timeout "$install_seconds_max" npm install --prefix "$root/tests/web" --no-save --no-package-lock --no-audit --no-fund --silent \
        "typescript@$typescript" >/dev/null 2>&1 || echo "typescript could not be installed" >&2
fi
exit 0
