# shellcheck shell=bash disable=SC2154
# Sourced by deploy/gcp.sh: what shows how the service does, and who is told when it does not.

# Above what is free in a day: 180,000 vCPU-seconds a month (cloud.google.com/run/pricing), 50,000 documents a
# day (cloud.google.com/firestore/pricing). A service that sleeps takes a few hundredths of either.
readonly free_instance_seconds=6000
readonly free_reads=50000

# Four ticks.
readonly without_tick_seconds=3600

watch() {
    silent=()
    alert ticks-failing 900 "logging.googleapis.com/user/$name-ticks-failing" cloud_scheduler_job "> 0"
    # A job that is paused or gone fails nothing. (A pass may also be a tick's, or stand for one while calls go on.)
    alert ticks-missing 900 "logging.googleapis.com/user/$name-receipts" cloud_run_revision absent "${without_tick_seconds}s" \
        ' AND metric.labels.kind=one_of("tick", "pass")'
    alert calls-uncertain 900 "logging.googleapis.com/user/$name-calls-uncertain" cloud_run_revision "> 0"
    alert cost-instances 86400 run.googleapis.com/container/billable_instance_time cloud_run_revision "> $free_instance_seconds"
    alert cost-reads 86400 firestore.googleapis.com/document/read_count firestore_instance "> $free_reads"
    if [ "${#silent[@]}" -gt 0 ] && [ "$planning" = no ]; then
        echo "Alerts tell nobody (${silent[*]}): name channels in REVEILLE_ALERT_CHANNELS."
    fi
    budget
    dashboard
}

unwatch() {
    local there alert metric
    there=$(look monitoring dashboards list "--filter=displayName=\"$name\"" '--format=value(name)')
    if [ -n "$there" ]; then change "delete the dashboard" monitoring dashboards delete "$there"; fi
    if [ -n "${REVEILLE_BILLING_ACCOUNT:-}" ]; then
        there=$(budget_present)
        if [ -n "$there" ]; then change "delete the budget" billing budgets delete "$there"; fi
    fi
    for alert in cost-reads cost-instances calls-uncertain ticks-missing ticks-failing; do
        there=$(policy_present "$name-$alert" | cut -d';' -f2)
        if [ -n "$there" ]; then change "delete alert $name-$alert" alpha monitoring policies delete "$there"; fi
    done
    metrics_wanted
    while read -r metric _ <&4; do
        there=$(metric_present "$metric")
        if [ -n "$there" ]; then change "delete metric $metric" logging metrics delete "$metric"; fi
    done 4<"$scratch/metrics"
}

metrics_wanted() {
    python3 "$here/gcp_metrics.py" "$name" "$scratch" <"$here/metrics.json" >"$scratch/metrics"
}

# A metric carries the checksum of what it is in its description.
metrics() {
    local metric wanted file there verb
    metrics_wanted
    while read -r metric wanted file <&4; do
        there=$(metric_present "$metric")
        if [ "$there" = "$metric;$wanted" ]; then continue; fi
        verb=update
        if [ -z "$there" ]; then verb=create; fi
        change "metric $metric" logging metrics "$verb" "$metric" "--config-from-file=$file"
    done 4<"$scratch/metrics"
}

metric_present() { # NAME
    listed "$1" metrics_present logging metrics list '--format=value[separator=";"](name,description)'
}

# Tells when the sum of a metric over a time is above a figure, or there is none for long. One that is there is
# left as it is, but for channels where it has none.
alert() { # NAME SECONDS METRIC RESOURCE IF [FOR [AND]]
    local found there channels filter="metric.type=\"$3\" AND resource.type=\"$4\"${7:-}" all='{"alignmentPeriod": "'$2's", "perSeriesAligner": "ALIGN_SUM", "crossSeriesReducer": "REDUCE_SUM"}'
    found=$(policy_present "$name-$1")
    IFS=';' read -r _ there channels <<<"$found"
    if [ -z "$there" ]; then
        change "alert $name-$1" alpha monitoring policies create "--display-name=$name-$1" "--condition-display-name=$name-$1" \
            --combiner=OR "--condition-filter=$filter" "--aggregation=$all" "--if=$5" "--duration=${6:-0s}" \
            ${REVEILLE_ALERT_CHANNELS:+"--notification-channels=$REVEILLE_ALERT_CHANNELS"}
    elif [ -z "$channels" ] && [ -n "${REVEILLE_ALERT_CHANNELS:-}" ]; then
        change "channels of alert $name-$1" alpha monitoring policies update "$there" \
            "--add-notification-channels=$REVEILLE_ALERT_CHANNELS"
    fi
    if [ -z "$channels${REVEILLE_ALERT_CHANNELS:-}" ]; then silent+=("$1"); fi
}

policy_present() { # NAME
    listed "$1" policies alpha monitoring policies list '--format=value[separator=";"](displayName,name,notificationChannels)'
}

# A budget is the billing account's: only where that is named. Who pays is told at 50, 90 and 100 percent.
budget() {
    local there
    if [ -z "${REVEILLE_BILLING_ACCOUNT:-}" ]; then return; fi
    there=$(budget_present)
    if [ -n "$there" ]; then return; fi
    change "budget $name" billing budgets create "--billing-account=$REVEILLE_BILLING_ACCOUNT" "--display-name=$name" \
        "--budget-amount=${REVEILLE_BUDGET:-20}" "--filter-projects=projects/$project" \
        --threshold-rule=percent=0.5 --threshold-rule=percent=0.9 --threshold-rule=percent=1.0
}

budget_present() {
    look billing budgets list "--billing-account=$REVEILLE_BILLING_ACCOUNT" "--filter=displayName=\"$name\"" '--format=value(name)'
}

# One that differs is made anew: it holds nothing.
dashboard() {
    local file=$scratch/dashboard.json wanted found there
    # In PromQL a metric has no dashes: https://cloud.google.com/monitoring/promql/promql-mapping
    sed "s/user_NAME_/user_${name//-/_}_/g; s/NAME/$name/g" "$here/dashboard.json" >"$file"
    wanted=$(cksum <"$file" | cut -d' ' -f1)
    sed -i "s/CHECKSUM/$wanted/" "$file"
    found=$(look monitoring dashboards list "--filter=displayName=\"$name\"" '--format=value[separator=";"](name,labels.settings)')
    if grep -q ";$wanted\$" <<<"$found"; then return; fi
    there=$(cut -d';' -f1 <<<"$found")
    if [ -n "$there" ]; then change "delete the old dashboard" monitoring dashboards delete "$there"; fi
    change "dashboard $name" monitoring dashboards create "--config-from-file=$file"
}
