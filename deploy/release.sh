#!/usr/bin/env bash
# Releases an image: deploy/release.sh IMAGE. The last step of cloudbuild.yaml.
# A revision without traffic is tried out; only then people and tasks reach it. What is set for the service stays.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
image=$1
: "${NAME:?}" "${REGION:?}" "${PROJECT:?}"
service=("$NAME" "--region=$REGION" "--project=$PROJECT" --quiet)

known() { # PYTHON: an expression of `service`, the service as Cloud Run describes it
    gcloud run services describe "${service[@]}" --format=json |
        python3 -c "import json, sys; service = json.load(sys.stdin); print($1)"
}

smoke() { # URL
    gcloud auth print-identity-token "--impersonate-service-account=$NAME-scheduler@$PROJECT.iam.gserviceaccount.com" \
        "--audiences=$audience" --include-email | "$here/smoke.sh" "$1"
}

url=$(known "service['status']['url']")
audience=$(known "next(v['value'] for v in service['spec']['template']['spec']['containers'][0]['env'] if v['name'] == 'PUBLIC_BASE_URL')")
before=$(known "max(service['status']['traffic'], key=lambda part: part.get('percent', 0))['revisionName']")

gcloud run deploy "${service[@]}" "--image=$image" --no-traffic --tag=candidate
smoke "${url/https:\/\//https://candidate---}" || { echo "Not released: all traffic stays at $before." >&2; exit 1; }
gcloud run services update-traffic "${service[@]}" --to-latest
if ! smoke "$url"; then
    gcloud run services update-traffic "${service[@]}" "--to-revisions=$before=100"
    echo "Rolled back to $before." >&2
    exit 1
fi
