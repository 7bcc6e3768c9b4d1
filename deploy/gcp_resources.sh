# shellcheck shell=bash disable=SC2154
# Sourced by deploy/gcp.sh, which sets what is used here. One function for each thing that `up` makes: look,
# then create it, or change what differs.

readonly service_apis=(artifactregistry cloudbuild cloudscheduler cloudtasks firestore iam logging monitoring run secretmanager)
# More of the service's settings: what is in the environment of `up` is passed on.
readonly passed_on=(REVEILLE_LANES REVEILLE_CALLS_IN_FLIGHT_MAX REVEILLE_ACCOUNT_CALLS_IN_FLIGHT_MAX
    REVEILLE_RING_SECONDS REVEILLE_TIME_LIMIT_SECONDS REVEILLE_REQUESTS_PER_MINUTE REVEILLE_SIGN_IN)
readonly the_database='--database=(default)'

apis() {
    local enabled missing=()
    enabled=$(look services list --enabled '--format=value(config.name)')
    for api in "${service_apis[@]}"; do
        grep -qx "$api.googleapis.com" <<<"$enabled" || missing+=("$api.googleapis.com")
    done
    if [ "${#missing[@]}" -gt 0 ]; then change "APIs: ${missing[*]}" services enable "${missing[@]}"; fi
}

# Cloud Run's address of a service is known before it is there: its audience never changes.
service_url() {
    local number
    number=$(look projects describe "$project" '--format=value(projectNumber)')
    echo "https://$name-${number:-PROJECT_NUMBER}.$region.run.app"
}

service_account() { # EMAIL MEANING
    local there
    there=$(look iam service-accounts describe "$1" '--format=value(email)')
    if [ -n "$there" ]; then return; fi
    change "account $1" iam service-accounts create "${1%%@*}" "--display-name=$2"
}

image_repository() {
    local there policies
    there=$(look artifacts repositories describe "$name" "--location=$region" '--format=value(name)')
    if [ -z "$there" ]; then
        change "image repository" artifacts repositories create "$name" "--location=$region" --repository-format=docker
    fi
    policies=$(look artifacts repositories describe "$name" "--location=$region" '--format=value(cleanupPolicies)')
    if [ -z "$policies" ]; then
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

remove_database() {
    local there
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

# No task is given up while it is answered with an error: it is only carried less often, at last every 5 minutes.
queue() { # NAME RATE AT_ONCE
    local rate there wanted verb=update
    rate=$(python3 -c 'import sys; print(float(sys.argv[1]))' "$2")
    wanted="$rate;$3;-1;1s;300s;8"
    there=$(look tasks queues describe "$name-$1" "--location=$region" '--format=value[separator=";"](rateLimits.maxDispatchesPerSecond,rateLimits.maxConcurrentDispatches,retryConfig.maxAttempts,retryConfig.minBackoff,retryConfig.maxBackoff,retryConfig.maxDoublings)')
    if [ "$there" = "$wanted" ]; then return; fi
    if [ -z "$there" ]; then verb=create; fi
    change "queue $name-$1" tasks queues "$verb" "$name-$1" "--location=$region" \
        "--max-dispatches-per-second=$rate" "--max-concurrent-dispatches=$3" \
        --max-attempts=-1 --min-backoff=1s --max-backoff=300s --max-doublings=8
}

# Its value goes through a pipe: never an argument, never printed. One that is there is left as it is.
secret() { # NAME VARIABLE: without a variable, random
    local there value=${2:+${!2:-}}
    there=$(look secrets describe "$1" '--format=value(name)')
    if [ -z "$there" ]; then change "secret $1" secrets create "$1" --replication-policy=automatic; fi
    there=$(look secrets versions list "$1" --filter=state=enabled --limit=1 '--format=value(name)')
    if [ -n "$there" ]; then return; fi
    if [ -z "$2" ]; then
        value=$(python3 -c 'import secrets; print(secrets.token_urlsafe(48))')
    elif [ -z "$value" ] && [ "$planning" = no ]; then
        [ -t 0 ] || { echo "Set $2 in the environment of 'up', this once." >&2; return 1; }
        read -rsp "$2: " value && echo
    fi
    change "value of secret $1" secrets versions add "$1" --data-file=- < <(printf '%s' "$value")
}

# Scripts go through a Twilio account of the service's own; without one agents alone speak.
twilio_wanted() {
    local there
    there=$(look secrets describe "$name-twilio-account-sid" '--format=value(name)')
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
    grant projects "$project" "" "$builder" roles/logging.logWriter
    grant projects "$project" "" "$builder" roles/storage.objectViewer # the sources that are sent to be built
    grant "artifacts repositories" "$name" "--location=$region" "$builder" roles/artifactregistry.writer
    grant "iam service-accounts" "$runner" "" "$builder" roles/iam.serviceAccountUser
    # A release is tried out with a tick, in the scheduler's name.
    grant "iam service-accounts" "$scheduler" "" "$builder" roles/iam.serviceAccountOpenIdTokenCreator
}

# Later images come from cloudbuild.yaml, which changes nothing else: all that is set for the service is set here.
service() {
    local variables wanted there secrets="REVEILLE_WEBHOOK_KEY=$name-webhook-key:latest"
    if [ "$twilio" = yes ]; then
        secrets="TWILIO_ACCOUNT_SID=$name-twilio-account-sid:latest,TWILIO_AUTH_TOKEN=$name-twilio-auth-token:latest,$secrets"
    fi
    variables="REVEILLE_STORE=firestore;REVEILLE_TASKS=cloud-tasks;GOOGLE_CLOUD_PROJECT=$project;REVEILLE_REGION=$region;REVEILLE_QUEUE=$name;PUBLIC_BASE_URL=$url;REVEILLE_SERVICE_ACCOUNT=$tasks;REVEILLE_INVOKERS=$tasks,$scheduler"
    for variable in "${passed_on[@]}"; do
        if [ -n "${!variable:-}" ]; then variables+=";$variable=${!variable}"; fi
    done
    local settings=(
        "--region=$region" "--service-account=$runner" --ingress=all
        --no-invoker-iam-check # people show keys, providers sign, and the service itself checks who ticks
        --min-instances=0 "--max-instances=$instances_max" "--concurrency=$threads" --cpu=1 --memory=512Mi
        --execution-environment=gen1 --cpu-boost --cpu-throttling "--timeout=$request_seconds_max"
        "--set-env-vars=^;^$variables" # ^;^: what separates them, as one of them holds a comma
        "--set-secrets=$secrets"
    )
    wanted=$(printf '%s\n' "${settings[@]}" | cksum | cut -d' ' -f1)
    there=$(look run services describe "$name" "--region=$region" '--format=value(metadata.name)')
    if [ -z "$there" ]; then
        first_image
        change "service $name" run deploy "$name" "--image=$repository/$name:first" "${settings[@]}" "--update-labels=settings=$wanted"
        return
    fi
    there=$(look run services describe "$name" "--region=$region" '--format=value(metadata.labels.settings)')
    if [ "$there" != "$wanted" ]; then
        change "settings of service $name" run services update "$name" "${settings[@]}" "--update-labels=settings=$wanted"
    fi
}

first_image() {
    local there image=$repository/$name:first
    there=$(look artifacts docker images describe "$image" '--format=value(image_summary.digest)')
    if [ -n "$there" ]; then return; fi
    change "first image" builds submit "$here/.." "--config=$here/first-image.yaml" "--substitutions=_IMAGE=$image" \
        "--service-account=projects/$project/serviceAccounts/$builder"
}

scheduler_job() {
    local there wanted verb=update
    wanted="*/15 * * * *;Etc/UTC;$url/queue/process;$scheduler;$url;180s"
    there=$(look scheduler jobs describe "$name-tick" "--location=$region" '--format=value[separator=";"](schedule,timeZone,httpTarget.uri,httpTarget.oidcToken.serviceAccountEmail,httpTarget.oidcToken.audience,attemptDeadline)')
    if [ "$there" = "$wanted" ]; then return; fi
    if [ -z "$there" ]; then verb=create; fi
    change "job $name-tick" scheduler jobs "$verb" http "$name-tick" "--location=$region" '--schedule=*/15 * * * *' \
        --time-zone=Etc/UTC "--uri=$url/queue/process" --http-method=post \
        "--oidc-service-account-email=$scheduler" "--oidc-token-audience=$url" \
        --attempt-deadline=180s --max-retry-attempts=3 --min-backoff=30s
}

# A metric that counts log lines, and a policy that tells when there were any within a quarter of an hour.
alert() { # NAME RESOURCE FILTER
    local there
    there=$(look logging metrics describe "$1" '--format=value(name)')
    if [ -z "$there" ]; then
        change "metric $1" logging metrics create "$1" "--description=$1" "--log-filter=$3"
    fi
    there=$(policy "$1")
    if [ -n "$there" ]; then return; fi
    change "alert $1" alpha monitoring policies create "--display-name=$1" "--condition-display-name=$1" --combiner=OR \
        "--condition-filter=metric.type=\"logging.googleapis.com/user/$1\" AND resource.type=\"$2\"" \
        '--aggregation={"alignmentPeriod": "900s", "perSeriesAligner": "ALIGN_SUM"}' '--if=> 0' --duration=0s \
        ${REVEILLE_ALERT_CHANNELS:+"--notification-channels=$REVEILLE_ALERT_CHANNELS"}
}

policy() { # NAME
    look alpha monitoring policies list "--filter=displayName=\"$1\"" '--format=value(name)'
}

remove_alert() { # NAME
    local there
    there=$(policy "$1")
    if [ -n "$there" ]; then change "delete alert $1" alpha monitoring policies delete "$there"; fi
    remove "logging metrics" "$1"
}
