#!/usr/bin/env bash
# Reveille on Google Cloud: deploy/gcp.sh up [--split] | plan [--split] | status | logs | down [--with-data]
#   up      makes what is missing, changes what differs, and says when there was nothing to do;
#           --split: a public web and an internal worker, of one image; it stays so
#   plan    prints every command that `up` has for an empty project, and runs none
#   down    removes what `up` has made; the database only with --with-data
# Needs gcloud, signed in as an owner of the project. The variables are in the README, "On Google Cloud".
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

name=${REVEILLE_NAME:-reveille}
region=${REVEILLE_REGION:-us-central1}
project=${GOOGLE_CLOUD_PROJECT:-}

readonly threads=8                # of each instance: gunicorn's, in the Dockerfile
readonly request_seconds_max=300  # more than a task's deadline of 210 s

runner=$name@$project.iam.gserviceaccount.com             # what the service may do
tasks=$name-tasks@$project.iam.gserviceaccount.com        # whom Cloud Tasks shows to the service
scheduler=$name-scheduler@$project.iam.gserviceaccount.com
builder=$name-build@$project.iam.gserviceaccount.com
repository=$region-docker.pkg.dev/$project/$name

# shellcheck source=deploy/gcp_steps.sh
source "$here/gcp_steps.sh"
# shellcheck source=deploy/gcp_resources.sh
source "$here/gcp_resources.sh"
# shellcheck source=deploy/gcp_watch.sh
source "$here/gcp_watch.sh"

up() { # [--split]
    # An account comes before what is granted to it, a secret before the service that reads it, and the
    # service before the job that calls it.
    apis
    keep_settings
    layout "${1:-}"
    metrics # an alert can be made of one only minutes later
    service_account "$runner" "Reveille: runs the service"
    service_account "$tasks" "Reveille: shown by Cloud Tasks"
    service_account "$scheduler" "Reveille: shown by Cloud Scheduler"
    service_account "$builder" "Reveille: builds and releases"
    image_repository
    builder_grants
    database
    backups
    indexes
    queues
    twilio=$(twilio_wanted)
    if [ "$twilio" = yes ]; then
        secret "$name-twilio-account-sid" TWILIO_ACCOUNT_SID
        secret "$name-twilio-auth-token" TWILIO_AUTH_TOKEN
    fi
    secret "$name-webhook-key" ""
    grants
    if [ "$split" = yes ]; then
        # The worker first: tasks of the web have somebody to go to.
        service "$name-worker" worker --ingress=internal --invoker-iam-check
        worker_grants
        service "$name" web "${open_to_all[@]}"
    else
        service "$name" all "${open_to_all[@]}"
    fi
    grant "run services" "$name" "--region=$region" "$builder" roles/run.developer
    scheduler_job
    watch
    report "$url"
}

status() {
    local state='value(state)'
    show "service" run services describe "$name" "--region=$region" '--format=value(status.latestReadyRevisionName,status.url)'
    show "worker" run services describe "$name-worker" "--region=$region" '--format=value(status.latestReadyRevisionName,status.url)'
    show "tick" scheduler jobs describe "$name-tick" "--location=$region" '--format=value(state,lastAttemptTime,status.code)'
    for queue in calls passes events; do
        show "queue $queue" tasks queues describe "$name-$queue" "--location=$region" "--format=$state"
    done
    show "database" firestore databases describe '--database=(default)' '--format=value(type,locationId)'
    show "indexes being made" firestore indexes composite list '--database=(default)' --filter=state:CREATING '--format=value(name.basename())'
    show "backups" firestore backups schedules list '--database=(default)' '--format=value(retention)'
    show "alerts" alpha monitoring policies list "--filter=displayName:$name-" '--format=value(displayName)'
    show "dashboard" monitoring dashboards list "--filter=displayName=\"$name\"" '--format=value(name)'
}

logs() {
    call logging read "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=(\"$name\" OR \"$name-worker\")" \
        --freshness=1h --limit=200 \
        '--format=value(timestamp,severity,jsonPayload.kind,jsonPayload.status,jsonPayload.result,jsonPayload.reads,jsonPayload.writes,jsonPayload.tasks,jsonPayload.milliseconds,jsonPayload.message)'
}

# Against the order of `up`: who calls goes before what is called.
down() {
    confirm
    unwatch
    remove "scheduler jobs" "$name-tick" "--location=$region"
    for service in "$name" "$name-worker"; do remove "run services" "$service" "--region=$region"; done
    for queue in events passes calls; do remove "tasks queues" "$name-$queue" "--location=$region"; done
    for secret in webhook-key twilio-auth-token twilio-account-sid; do remove secrets "$name-$secret"; done
    remove "artifacts repositories" "$name" "--location=$region"
    ungrant "$runner" roles/datastore.user
    ungrant "$builder" roles/logging.logWriter
    ungrant "$builder" roles/storage.objectViewer
    ungrant "$builder" roles/run.viewer
    for account in "$builder" "$scheduler" "$tasks" "$runner"; do remove "iam service-accounts" "$account"; done
    if [ "${1:-}" = --with-data ]; then remove_database; else echo "The database is left: remove it with 'down --with-data'."; fi
    echo "Removed. Cloud Tasks takes a queue's name again only after 3 days: until then set another REVEILLE_NAME."
}

case "${1:-}" in
    up | plan | status | logs | down)
        begin "$1"
        if [ "$1" = plan ]; then up "${@:2}"; else "$1" "${@:2}"; fi
        ;;
    *)
        sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
        exit 2
        ;;
esac
