#!/usr/bin/env bash
# What some tests need beside Python: Debian's chromium, shellcheck and buildah, a base to build the image on, and
# TypeScript. Without one they are skipped, loudly.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
install_seconds_max=300
typescript=5.9.3
base_image="$root/../shared/tools/base-image.sh" # where no container registry can be reached

missing() { # COMMAND... : those that are not there; of the same name as Debian's packages
    for name in "$@"; do command -v "$name" >/dev/null || echo "$name"; done
}

wanted=$(missing chromium shellcheck buildah debootstrap)
if [ -n "$wanted" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    timeout "$install_seconds_max" apt-get update -qq >/dev/null 2>&1
    for name in $wanted; do # one by one, so that one that fails takes no other with it
        timeout "$install_seconds_max" apt-get install -y -qq --no-install-recommends "$name" >/dev/null 2>&1 ||
            echo "$name could not be installed" >&2
    done
fi
if command -v buildah >/dev/null && [ -f "$base_image" ]; then
    timeout "$install_seconds_max" bash "$base_image" || echo "the image's base could not be made" >&2
fi
if [ ! -x "$root/tests/web/node_modules/.bin/tsc" ] && command -v npm >/dev/null; then
    timeout "$install_seconds_max" npm install --prefix "$root/tests/web" --no-save --no-package-lock --no-audit --no-fund --silent \
        "typescript@$typescript" >/dev/null 2>&1 || echo "typescript could not be installed" >&2
fi
exit 0
