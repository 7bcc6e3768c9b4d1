#!/usr/bin/env bash
# Whether a worker at URL carries a tick, and refuses nobody's: deploy/smoke_worker.sh URL AUDIENCE
# Its ingress lets in no request from here, so the tick is a task, as all of its work: one that is gone was answered 2xx.
set -euo pipefail
: "${NAME:?}" "${REGION:?}" "${PROJECT:?}"
url=$1 audience=$2
readonly request_seconds_max=60
readonly looks_max=30
readonly look_pause_seconds=3
queue=("--queue=$NAME-passes" "--location=$REGION" "--project=$PROJECT" --quiet)
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

status=$(curl --silent --output /dev/null --max-time "$request_seconds_max" --write-out '%{http_code}' --request POST "$url/queue/process" || true)
case $status in
    403 | 404) echo "a tick of nobody: $status" ;; # the platform's, the ingress's
    # A 401 would be our own: the platform checks nobody, and a worker believes what the platform lets through.
    *) echo "a tick of nobody: $status instead of 403 or 404" >&2; exit 1 ;;
esac

task=$(gcloud tasks create-http-task "${queue[@]}" "--url=$url/queue/process" --method=POST \
    "--oidc-service-account-email=$NAME-tasks@$PROJECT.iam.gserviceaccount.com" "--oidc-token-audience=$audience" \
    '--format=value(name.basename())')
for ((look = 1; look <= looks_max; look++)); do
    if ! gcloud tasks describe "$task" "${queue[@]}" >/dev/null 2>"$errors"; then
        if grep -q NOT_FOUND "$errors"; then
            echo "a tick of the queue: carried"
            exit
        fi
        cat "$errors" >&2
        exit 1
    fi
    sleep "$look_pause_seconds"
done
gcloud tasks delete "$task" "${queue[@]}"
echo "a tick of the queue: not carried" >&2
exit 1
