# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by deploy/gcp.sh, which sets what is used here. One function for each thing that `up` makes: look,
# then create it, or change what differs.

readonly service_apis=(artifactregistry cloudbuild cloudresourcemanager cloudscheduler cloudtasks firestore iam iamcredentials logging monitoring run secretmanager storage)
# More of the service's settings: passed on from the environment of `up`.
readonly passed_on=(REVEILLE_LANES REVEILLE_CALLS_IN_FLIGHT_MAX REVEILLE_ACCOUNT_CALLS_IN_FLIGHT_MAX
    REVEILLE_RING_SECONDS REVEILLE_TIME_LIMIT_SECONDS REVEILLE_REQUESTS_PER_MINUTE REVEILLE_SIGN_IN)
# What was given once holds until another is given: a bare `up` must not move addresses or lower limits.
readonly kept=(PUBLIC_BASE_URL REVEILLE_INSTANCES_MAX REVEILLE_CALLS_PER_SECOND "${passed_on[@]}")
readonly the_database='--database=(default)'

apis() {
    local enabled missing=()
    enabled=$(look services list --enabled '--format=value(config.name)')
    for api in "${service_apis[@]}" ${REVEILLE_BILLING_ACCOUNT:+billingbudgets}; do
        grep -qx "$api.googleapis.com" <<<"$enabled" || missing+=("$api.googleapis.com")
    done
    if [ "${#missing[@]}" -gt 0 ]; then change "APIs: ${missing[*]}" services enable "${missing[@]}"; fi
}

# What a service is set to, in a file with a line for each setting; an empty one if it is not there.
service_present() { # SERVICE
    look run services describe "$1" "--region=$region" --format=json >"$scratch/described"
    python3 "$here/gcp_present.py" <"$scratch/described" >"$scratch/service $1"
}

# Sets what is not given now as the service has it. What is given but empty goes back to its default.
keep_settings() {
    local half=$name rate variable value
    service_present "$name"
    service_present "$name-worker"
    # A first split that broke off half-way has a worker alone.
    if [ ! -s "$scratch/service $name" ]; then half=$name-worker; fi
    cp "$scratch/service $half" "$scratch/present"
    lanes_stay
    rate=$(queue_present calls | cut -d';' -f2)
    if [ -n "$rate" ]; then echo "REVEILLE_CALLS_PER_SECOND=$rate" >>"$scratch/present"; fi
    serving=$(sed -n 's/^SERVING=//p' "$scratch/present")
    for variable in "${kept[@]}"; do
        value=$(sed -n "s/^$variable=//p" "$scratch/present")
        if [ -z "${!variable+given}" ]; then printf -v "$variable" %s "$value"; fi
    done
}

# A lane that nobody serves keeps its accounts' calls for ever.
lanes_stay() {
    local lane lanes present wanted
    if [ ! -s "$scratch/present" ] || [ -z "${REVEILLE_LANES+given}" ]; then return; fi
    present=$(sed -n 's/^REVEILLE_LANES=//p' "$scratch/present")
    wanted=${REVEILLE_LANES:-main}
    IFS=, read -ra lanes <<<"${present:-main}"
    for lane in "${lanes[@]// /}"; do
        if [[ ",${wanted// /}," == *",$lane,"* ]]; then continue; fi
        echo "REVEILLE_LANES is to be '$wanted', but the service has the lane '$lane', and accounts may be in it: add lanes, take none away." >&2
        return 1
    done
}

# What was split stays split: to forget a word must not open to all what only the platform's check lets in.
layout() { # [--split]
    url=${PUBLIC_BASE_URL:-$(own_url "$name")}
    worker_url=$url
    split=no
    if [ "$1" = --split ] || [ -s "$scratch/service $name-worker" ]; then
        # Always Cloud Run's own address: by any other one, Cloud Tasks and Cloud Scheduler are not internal.
        # https://cloud.google.com/run/docs/securing/ingress
        worker_url=$(own_url "$name-worker")
        split=yes
    fi
}

# Cloud Run's address of a service is known before it is there: the audience of tokens never changes.
own_url() { # SERVICE
    local number
    look_once number projects describe "$project" '--format=value(projectNumber)'
    number=$(cat "$scratch/number")
    echo "https://$1-${number:-PROJECT_NUMBER}.$region.run.app"
}

service_account() { # EMAIL MEANING
    local there
    there=$(listed "$1" accounts iam service-accounts list '--format=value(email)')
    if [ -n "$there" ]; then return; fi
    change "account $1" iam service-accounts create "${1%%@*}" "--display-name=$2"
}

image_repository() {
    local there
    there=$(look artifacts repositories describe "$name" "--location=$region" '--format=value[separator=";"](name,cleanupPolicies)')
    if [ -z "$there" ]; then
        change "image repository" artifacts repositories create "$name" "--location=$region" --repository-format=docker
    fi
    if [ -z "${there#*;}" ]; then
        change "image clean-up" artifacts repositories set-cleanup-policies "$name" "--location=$region" \
            "--policy=$here/image-clean-up.json" --no-dry-run
    fi
}

database() {
    local there
    there=$(look firestore databases describe "$the_database" '--format=value(name)')
    if [ -n "$there" ]; then return; fi
    change "Firestore database" firestore databases create "$the_database" "--location=$region" \
        --type=firestore-native --delete-protection
}

# Once a day, kept for a week. It is billed by what it holds: README, "On Google Cloud".
backups() {
    local there
    there=$(look firestore backups schedules list "$the_database" '--format=value(name)')
    if [ -n "$there" ]; then return; fi
    change "daily backup" firestore backups schedules create "$the_database" --recurrence=daily --retention=7d
}

remove_database() {
    local there
    there=$(look firestore backups schedules list "$the_database" '--format=value(name.basename())')
    if [ -n "$there" ]; then
        change "delete the daily backup" firestore backups schedules delete "$the_database" "--backup-schedule=$there"
    fi
    there=$(look firestore databases describe "$the_database" '--format=value(name)')
    if [ -z "$there" ]; then return; fi
    change "database: no longer protected" firestore databases update "$the_database" --no-delete-protection
    change "delete the database" firestore databases delete "$the_database"
}

# Which are missing is worked out from Firestore's lists and firestore.indexes.json, one command a line.
indexes() {
    local command
    look firestore indexes composite list "$the_database" --format=json >"$scratch/composite"
    look firestore indexes fields list "$the_database" --format=json >"$scratch/fields"
    look firestore fields ttls list "$the_database" --format=json >"$scratch/expiries"
    python3 "$here/gcp_indexes.py" "$scratch"/{composite,fields,expiries} <"$here/firestore.indexes.json" >"$scratch/commands"
    while IFS=$'\t' read -ra command <&4; do
        change "Firestore: ${command[*]:1:5}" "${command[@]}"
    done 4<"$scratch/commands"
}

# Calls: the provider's rate; a dial may take two seconds. Passes: each lane begins one a second at most.
# Events: receivers may hang, so fewer at once than one instance has threads.
queues() {
    local calls lanes
    calls=$(python3 -c 'import math, sys; rate = float(sys.argv[1]); print(rate, max(32, math.ceil(rate * 2)))' "${REVEILLE_CALLS_PER_SECOND:-1}")
    IFS=, read -ra lanes <<<"${REVEILLE_LANES:-main}"
    queue calls "${calls% *}" "${calls#* }"
    queue passes 10.0 "$((${#lanes[@]} > 4 ? ${#lanes[@]} : 4))"
    queue events 50.0 4
}

# No task is given up while it is answered with an error: it is only carried less often, at last every 5 minutes.
queue() { # NAME RATE AT_ONCE: the rate with a fraction, as gcloud lists it
    local there wanted verb=update
    wanted="$name-$1;$2;$3;-1;1s;300s;8"
    there=$(queue_present "$1")
    if [ "$there" = "$wanted" ]; then return; fi
    if [ -z "$there" ]; then verb=create; fi
    change "queue $name-$1" tasks queues "$verb" "$name-$1" "--location=$region" \
        "--max-dispatches-per-second=$2" "--max-concurrent-dispatches=$3" \
        --max-attempts=-1 --min-backoff=1s --max-backoff=300s --max-doublings=8
}

queue_present() { # NAME
    listed "$name-$1" queues tasks queues list "--location=$region" '--format=value[separator=";"](name.basename(),rateLimits.maxDispatchesPerSecond,rateLimits.maxConcurrentDispatches,retryConfig.maxAttempts,retryConfig.minBackoff,retryConfig.maxBackoff,retryConfig.maxDoublings)'
}

# Its value goes through a pipe: never an argument, never printed. One that is there is left as it is.
secret() { # NAME VARIABLE: without a variable, random
    local there typed=${2:+${!2:-}}
    there=$(secret_present "$1")
    if [ -z "$there" ]; then change "secret $1" secrets create "$1" --replication-policy=automatic; fi
    there=$(look secrets versions list "$1" --filter=state=enabled --limit=1 '--format=value(name)')
    if [ -n "$there" ]; then return; fi
    if [ -z "$2" ]; then
        typed=$(python3 -c 'import secrets; print(secrets.token_urlsafe(48))')
    elif [ -z "$typed" ] && [ "$planning" = no ]; then
        [ -t 0 ] || { echo "Set $2 in the environment of 'up', this once." >&2; return 1; }
        read -rsp "$2: " typed && echo
    fi
    change "value of secret $1" secrets versions add "$1" --data-file=-
}

secret_present() { # NAME
    listed "$1" secrets secrets list '--format=value(name.basename())'
}

# Scripts go through a Twilio account of the service's own; without one agents alone speak.
twilio_wanted() {
    local there
    there=$(secret_present "$name-twilio-account-sid")
    if [ -n "${TWILIO_ACCOUNT_SID:-}${TWILIO_AUTH_TOKEN:-}$there" ]; then echo yes; else echo no; fi
}

grants() {
    grant projects "$project" "" "$runner" roles/datastore.user
    for queue in calls passes events; do
        grant "tasks queues" "$name-$queue" "--location=$region" "$runner" roles/cloudtasks.enqueuer
    done
    # To have Cloud Tasks show an account, whoever makes the task must be allowed to act as it.
    grant "iam service-accounts" "$tasks" "" "$runner" roles/iam.serviceAccountUser
    local secrets=(webhook-key)
    if [ "$twilio" = yes ]; then secrets+=(twilio-account-sid twilio-auth-token); fi
    for secret in "${secrets[@]}"; do
        grant secrets "$name-$secret" "" "$runner" roles/secretmanager.secretAccessor
    done
}

# Long before the first image is built: minutes pass until a grant holds everywhere.
# https://cloud.google.com/iam/docs/access-change-propagation
builder_grants() {
    grant projects "$project" "" "$builder" roles/logging.logWriter
    grant projects "$project" "" "$builder" roles/storage.objectViewer # the sources that are sent to be built
    grant projects "$project" "" "$builder" roles/run.viewer # a release waits for an operation, which is the project's
    grant "artifacts repositories" "$name" "--location=$region" "$builder" roles/artifactregistry.writer
    grant "iam service-accounts" "$runner" "" "$builder" roles/iam.serviceAccountUser
    # A release is tried out with a tick, in the scheduler's name. gcloud asks for an access token of its before it
    # asks for the tick's.
    grant "iam service-accounts" "$scheduler" "" "$builder" roles/iam.serviceAccountTokenCreator
}

# What a service that is not there yet is made of: what has the traffic (what the service was last set to may be
# a release that was refused), else the first image.
image=''
find_image() {
    local there
    if [ -n "$image" ]; then return; fi
    if [ -n "$serving" ]; then
        image=$(look run revisions describe "$serving" "--region=$region" '--format=value(spec.containers[0].image)')
        return
    fi
    image=$repository/$name:first
    there=$(look artifacts docker images describe "$image" '--format=value(image_summary.digest)')
    if [ -n "$there" ]; then return; fi
    change "first image" builds submit "$here/.." "--config=$here/first-image.yaml" "--substitutions=_IMAGE=$image" \
        "--service-account=projects/$project/serviceAccounts/$builder"
}

# People show keys, providers sign, and the service itself checks who ticks.
readonly open_to_all=(--ingress=all --no-invoker-iam-check)

# Who may reach the worker at all: nobody else is granted it. Its ingress lets in no request of a build, so a
# release is tried out by a task: the builder makes one, sees whether it is gone, and takes one back.
worker_grants() {
    for account in "$tasks" "$scheduler"; do
        grant "run services" "$name-worker" "--region=$region" "$account" roles/run.invoker
    done
    grant "run services" "$name-worker" "--region=$region" "$builder" roles/run.developer
    for role in enqueuer viewer taskDeleter; do
        grant "tasks queues" "$name-passes" "--location=$region" "$builder" "roles/cloudtasks.$role"
    done
    grant "iam service-accounts" "$tasks" "" "$builder" roles/iam.serviceAccountUser
}

# Later images come from cloudbuild.yaml, which changes nothing else: all that is set for a service is set here.
service() { # NAME SERVES FLAG...
    local variables wanted there mounted="REVEILLE_WEBHOOK_KEY=$name-webhook-key:latest"
    if [ "$twilio" = yes ]; then
        mounted="TWILIO_ACCOUNT_SID=$name-twilio-account-sid:latest,TWILIO_AUTH_TOKEN=$name-twilio-auth-token:latest,$mounted"
    fi
    variables="REVEILLE_SERVES=$2;REVEILLE_WORKER_URL=$worker_url;REVEILLE_STORE=firestore;REVEILLE_TASKS=cloud-tasks;GOOGLE_CLOUD_PROJECT=$project;REVEILLE_REGION=$region;REVEILLE_QUEUE=$name;PUBLIC_BASE_URL=$url;REVEILLE_SERVICE_ACCOUNT=$tasks;REVEILLE_INVOKERS=$tasks,$scheduler"
    for variable in "${passed_on[@]}"; do
        if [ -n "${!variable:-}" ]; then variables+=";$variable=${!variable}"; fi
    done
    local settings=(
        "--region=$region" "--service-account=$runner" "${@:3}"
        --min-instances=0 "--max-instances=${REVEILLE_INSTANCES_MAX:-10}" "--concurrency=$threads" --cpu=1 --memory=512Mi
        --execution-environment=gen1 --cpu-boost --cpu-throttling "--timeout=$request_seconds_max"
        "--set-env-vars=^;^$variables" # ^;^: what separates them, as one of them holds a comma
        "--set-secrets=$mounted"
    )
    wanted=$(printf '%s\n' "${settings[@]}" | cksum | cut -d' ' -f1)
    if [ ! -s "$scratch/service $1" ]; then
        find_image
        change "service $1" run deploy "$1" "--image=$image" "${settings[@]}" "--update-labels=settings=$wanted"
        return
    fi
    there=$(sed -n 's/^SETTINGS=//p' "$scratch/service $1")
    if [ "$there" != "$wanted" ]; then
        change "settings of service $1" run services update "$1" "${settings[@]}" "--update-labels=settings=$wanted"
    fi
}

scheduler_job() {
    local there wanted verb=update
    wanted="*/15 * * * *;Etc/UTC;$worker_url/queue/process;$scheduler;$worker_url;180s"
    there=$(look scheduler jobs describe "$name-tick" "--location=$region" '--format=value[separator=";"](schedule,timeZone,httpTarget.uri,httpTarget.oidcToken.serviceAccountEmail,httpTarget.oidcToken.audience,attemptDeadline)')
    if [ "$there" = "$wanted" ]; then return; fi
    if [ -z "$there" ]; then verb=create; fi
    change "job $name-tick" scheduler jobs "$verb" http "$name-tick" "--location=$region" '--schedule=*/15 * * * *' \
        --time-zone=Etc/UTC "--uri=$worker_url/queue/process" --http-method=post \
        "--oidc-service-account-email=$scheduler" "--oidc-token-audience=$worker_url" \
        --attempt-deadline=180s --max-retry-attempts=3 --min-backoff=30s
}
