#!/usr/bin/env bash
# Releases an image: deploy/release.sh IMAGE. The last step of cloudbuild.yaml.
# Revisions without traffic are tried out; only then people and tasks reach them. What is set for a service stays.
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
image=$1
: "${NAME:?}" "${REGION:?}" "${PROJECT:?}"
where=("--region=$REGION" "--project=$PROJECT" --quiet)

known() { # SERVICE PYTHON: an expression of `service`, the service as Cloud Run describes it
    gcloud run services describe "$1" "${where[@]}" --format=json |
        python3 -c "import json, sys; service = json.load(sys.stdin); print($2)"
}

variable() { # NAME: what the service is set to
    known "$NAME" "next((v.get('value') for v in service['spec']['template']['spec']['containers'][0]['env'] if v['name'] == '$1'), '')"
}

smoke() { # SERVICE URL
    if [ "$1" = "$NAME-worker" ]; then
        "$here/smoke_worker.sh" "$2" "$audience"
    elif [ "$serves" = web ]; then
        "$here/smoke.sh" "$2" web </dev/null
    else
        gcloud auth print-identity-token "--impersonate-service-account=$NAME-scheduler@$PROJECT.iam.gserviceaccount.com" \
            "--audiences=$audience" --include-email | "$here/smoke.sh" "$2" all
    fi
}

roll_back() { # Against the order in which traffic came.
    local place
    for ((place = ${#services[@]} - 1; place >= 0; place--)); do
        gcloud run services update-traffic "${services[place]}" "${where[@]}" "--to-revisions=${before[place]}=100"
    done
    echo "Rolled back to ${before[*]}." >&2
    exit 1
}

serves=$(variable REVEILLE_SERVES)
audience=$(variable REVEILLE_WORKER_URL)
: "${audience:?The service is set to no REVEILLE_WORKER_URL: run 'deploy/gcp.sh up' first.}"
# The worker first: a new web may make tasks of a kind that only the new worker knows, while every worker knows
# those of the revision before it, which still wait in the queues.
services=("$NAME")
if [ "$serves" = web ]; then services=("$NAME-worker" "$NAME"); fi

urls=() before=()
for service in "${services[@]}"; do
    urls+=("$(known "$service" "service['status']['url']")")
    before+=("$(known "$service" "max(service['status']['traffic'], key=lambda part: part.get('percent', 0))['revisionName']")")
    gcloud run deploy "$service" "${where[@]}" "--image=$image" --no-traffic --tag=candidate
done
for place in "${!services[@]}"; do
    smoke "${services[place]}" "${urls[place]/https:\/\//https://candidate---}" ||
        { echo "Not released: all traffic stays at ${before[*]}." >&2; exit 1; }
done
for service in "${services[@]}"; do
    gcloud run services update-traffic "$service" "${where[@]}" --to-latest || roll_back
done
for place in "${!services[@]}"; do
    smoke "${services[place]}" "${urls[place]}" || roll_back
done
