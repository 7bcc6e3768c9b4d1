#!/usr/bin/env bash
# Whether a service at URL does what it must and refuses what it must: deploy/smoke.sh URL SERVES <TOKEN
# SERVES: all; or web, which has no tick and needs no TOKEN. TOKEN: an invoker's, for the service's audience. It
# comes through a pipe: arguments are seen by others.
set -euo pipefail
url=$1 serves=$2
token=$(cat)
readonly request_seconds_max=60 # a first request may find no instance

expect() { # STATUS WHAT CURL-ARGUMENT...
    local status
    status=$(curl --silent --output /dev/null --max-time "$request_seconds_max" --write-out '%{http_code}' "${@:3}" || true)
    if [ "$status" != "$1" ]; then
        echo "$2: $status instead of $1" >&2
        exit 1
    fi
    echo "$2: $status"
}

expect 200 "the console" "$url/" # not /healthz: Cloud Run keeps such paths to itself
expect 401 "a status without a key" "$url/api/status"
if [ "$serves" = web ]; then
    expect 404 "a tick of nobody" --request POST "$url/queue/process"
    exit
fi
expect 401 "a tick of nobody" --request POST "$url/queue/process"
expect 200 "the scheduler's tick" --request POST "$url/queue/process" --config <(printf 'header = "Authorization: Bearer %s"\n' "$token")
