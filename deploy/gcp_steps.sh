# shellcheck shell=bash disable=SC2154
# Sourced by deploy/gcp.sh: how it looks, changes and counts. `plan` prints instead, and finds nothing there.

readonly grant_tries_max=6 # a new account is known everywhere only after some seconds
# What Google answers while an API, a metric or an index that it has just made is not known everywhere: for up to
# ten minutes (https://cloud.google.com/logging/docs/alerting/log-based-alerts, "Cannot find metric").
readonly not_yet='SERVICE_DISABLED|has not been used in project|Cannot find metric|ABORTED|Aborted due to|underlying data changed'
readonly tries_max=60
readonly pause_seconds=10

planning=no
changes=0
exec 3>&1 # where `plan` prints, also from within $(...)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

begin() { # COMMAND
    if [ "$1" = plan ]; then planning=yes; fi
    [ -n "$project" ] || { echo "Set GOOGLE_CLOUD_PROJECT to the project's id." >&2; exit 2; }
    # An account's name has 30 letters at most: https://cloud.google.com/iam/docs/service-accounts-create
    [[ $name =~ ^[a-z][a-z0-9-]{4,18}[a-z0-9]$ ]] || { echo "REVEILLE_NAME: 6 to 20 small letters, digits and dashes." >&2; exit 2; }
    command -v gcloud >/dev/null || [ "$planning" = yes ] || { echo "gcloud is not installed." >&2; exit 2; }
}

call() { # ARGUMENT...: gcloud, in this project, without questions; `typed` is what it reads
    if [ "$planning" = yes ]; then
        printf 'gcloud' >&3
        printf ' %q' "$@" "--project=$project" --quiet >&3
        printf '\n' >&3
    else
        gcloud "$@" "--project=$project" --quiet < <(printf '%s' "${typed:-}")
    fi
}

# What it says beside its answer is in a file afterwards.
patiently() { # ARGUMENT...
    local tries=1
    until call "$@" 2>"$scratch/errors"; do
        if [ "$tries" = "$tries_max" ] || ! grep -qE "$not_yet" "$scratch/errors"; then return 1; fi
        tries=$((tries + 1))
        sleep "$pause_seconds"
    done
}

# What is there, or nothing. Only "not found" counts as nothing: else a look that failed would make `up`
# create what exists, or leave a difference unseen.
look() { # ARGUMENT...
    if patiently "$@"; then return; fi
    if grep -qiE 'NOT_FOUND|not found|could not be found|does not exist|cannot find' "$scratch/errors"; then return; fi
    cat "$scratch/errors" >&2
    return 1
}

# gcloud takes a second to start: what several steps ask for is asked once, and kept in a file. No step changes
# what a later one looks for there.
look_once() { # FILE ARGUMENT...
    if [ ! -e "$scratch/$1" ]; then look "${@:2}" >"$scratch/$1"; fi
}

# What a list has on a thing: its line, which is `NAME;...`.
listed() { # NAME FILE ARGUMENT...
    look_once "${@:2}"
    awk -F';' -v name="$1" '$1 == name' "$scratch/$2"
}

change() { # WHAT ARGUMENT...
    if [ "$planning" = no ]; then echo "+ $1"; fi
    patiently "${@:2}" >/dev/null || { cat "$scratch/errors" >&2; return 1; } # in a condition bash would go on
    changes=$((changes + 1))
}

show() { # TITLE ARGUMENT...
    local answer
    answer=$(look "${@:2}")
    printf '%-20s %s\n' "$1" "${answer:-none}"
}

# The role, if an account holds it on a thing.
held() { # KIND THING WHERE ACCOUNT ROLE
    local kind
    read -ra kind <<<"$1"
    listed "$5 serviceAccount:$4" "who may $1 $2" "${kind[@]}" get-iam-policy "$2" ${3:+"$3"} \
        '--flatten=bindings[].members' '--format=value[separator=" "](bindings.role,bindings.members)'
}

grant() { # KIND THING WHERE ACCOUNT ROLE
    local kind there tries=1 condition=()
    read -ra kind <<<"$1"
    there=$(held "$@")
    if [ -n "$there" ]; then return; fi
    # Where a policy may hold conditions, gcloud asks for one unless it is told that there is none.
    case "$1" in projects | secrets | "iam service-accounts") condition=(--condition=None) ;; esac
    until change "$5 on $2 for $4" "${kind[@]}" add-iam-policy-binding "$2" ${3:+"$3"} \
        "--member=serviceAccount:$4" "--role=$5" "${condition[@]}"; do
        [ "$tries" -lt "$grant_tries_max" ] || return 1
        tries=$((tries + 1))
        sleep "$pause_seconds"
    done
}

ungrant() { # ACCOUNT ROLE: on the project
    local there
    there=$(held projects "$project" "" "$@")
    if [ -z "$there" ]; then return; fi
    change "$2 no longer for $1" projects remove-iam-policy-binding "$project" \
        "--member=serviceAccount:$1" "--role=$2" --condition=None
}

remove() { # KIND THING [WHERE]
    local kind there
    read -ra kind <<<"$1"
    there=$(look "${kind[@]}" describe "$2" ${3:+"$3"})
    if [ -n "$there" ]; then change "delete $1 $2" "${kind[@]}" delete "$2" ${3:+"$3"}; fi
}

confirm() {
    local typed
    echo "This removes '$name' from the project '$project'. Type the project's name to go on:"
    read -r typed
    [ "$typed" = "$project" ] || { echo "Nothing was removed." >&2; exit 1; }
}

report() { # URL
    if [ "$planning" = yes ]; then return; fi
    if [ "$changes" = 0 ]; then echo "Nothing to change."; else echo "$changes changes."; fi
    echo "Reveille  $1"
}
