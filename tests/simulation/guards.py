"""The guards: each precondition, fence and second look that a promise hangs on, and how to take it away."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    name: str
    file: str
    text: str  # stands exactly once in the file
    without: str
    on_emulator: bool = False  # it is about Firestore alone


PLACE = "service/usecases/place_call.py"
ANSWER = "service/usecases/record_answer.py"
PASS = "service/usecases/run_pass.py"
CLAIMING = "service/usecases/claiming.py"
CLAIMS = "service/usecases/claims.py"
EVENTS = "service/domain/events.py"
CALL = "service/domain/calls.py"
LOOK_AFTER = "service/usecases/look_after.py"
ENQUIRY = "service/usecases/enquiry.py"
FIRESTORE = "service/state/firestore.py"
IMPORT = "service/usecases/import_contacts.py"

GUARDS = (
    # --- at most one create request for each attempt
    Guard(
        "handler-needs-claimed",
        PLACE,
        "stored is None or stored.record.state is not State.CLAIMED",
        "stored is None",
    ),
    Guard("handler-fenced-by-attempt", PLACE, " or read.call.record.attempt != attempt", ""),
    Guard(
        "dialing-commit-is-conditional",
        PLACE,
        "[Update(dialing, read.call.version), ",
        "[Update(dialing, outside.store.get(Call, dialing.id).version), ",
    ),
    Guard("only-the-owner-goes-on", PLACE, " or dialed.owner != owner", ""),
    Guard(
        "goes-on-only-from-dialing",
        PLACE,
        "dialed = read.record.dialed if read and read.record.state is State.DIALING else None",
        "dialed = read.record.dialed if read else None",
    ),
    Guard(
        "lost-commit-is-read-back",
        PLACE,
        "version = _version_of_own_dial(outside, dialing, attempt.owner)",
        'version = getattr(outside.store.get(Call, dialing.id), "version", None)',
    ),
    Guard(
        "ambiguous-is-not-sent-again",
        ANSWER,
        "return calls.doubt(call, now=now, error=reason) if call.state is State.DIALING else None",
        "return calls.undial(call, due_at=now, error=reason, now=now)",
    ),
    Guard(
        "answer-needs-the-owner",
        ANSWER,
        "mine = call.dialed is not None and call.dialed.owner == owner",
        "mine = call.dialed is not None",
    ),
    Guard("transition-guards-its-source", CALL, "    if call.state not in states:\n", "    if False:\n"),
    # --- nobody rings outside the hours, after a pause, or by a handler that stood still
    Guard("handler-checks-hours", PLACE, "    if opening != now:\n", "    if False:\n"),
    Guard(
        "handler-checks-status", PLACE, "    if campaign.status is not Status.RUNNING:\n", "    if False:\n"
    ),
    Guard(
        "handler-checks-for-cancel",
        PLACE,
        "    if campaign.status is Status.CANCELED:\n",
        "    if False:\n",
    ),
    Guard(
        "what-has-ended-is-not-canceled",
        "service/usecases/direct_calls.py",
        "call.is_final or call.dialed is None or call.dialed.provider_id is None",
        "call.dialed is None",
    ),
    Guard(
        "stalled-handler-does-not-begin",
        PLACE,
        "in_time = now - checked_at <= timedelta(seconds=DIAL_WITHIN_SECONDS)",
        "in_time = checked_at is not None",
    ),
    Guard(
        "hours-once-more-after-the-commit", PLACE, " and next_beginning(ready.plan.timetable, now) == now", ""
    ),
    Guard(
        "window-outlasts-a-slow-clock",
        "service/domain/calling_hours.py",
        "return opening if opening != now or timetable.is_open(latest) else timetable.next_opening(latest)",
        "return opening",
    ),
    # --- webhooks
    Guard(
        "webhook-fenced-by-attempt",
        "service/usecases/record_event.py",
        "        if call.attempt != attempt:\n",
        "        if False:\n",
    ),
    Guard(
        "webhook-fenced-by-provider-id",
        EVENTS,
        "    if known is not None and known != event.provider_id:\n",
        "    if False:\n",
    ),
    Guard("events-only-on-the-line", EVENTS, "call.state not in ON_THE_LINE or ", ""),
    # --- limits
    Guard(
        "claims-need-the-mutex",
        PASS,
        "outside.store.commit([_write(mutex, lane), *claims.writes()])",
        "outside.store.commit(claims.writes())",
    ),
    Guard(
        "claims-are-conditional",
        CLAIMS,
        "*(Update(call, version) for call, version in self.claimed)",
        "*(Merge(Call, call.id, vars(call)) for call, _ in self.claimed)",
    ),
    Guard(
        "the-lane-s-calls-are-counted",
        "service/usecases/lane_view.py",
        "limits.of_lane(lane.id) - in_flight)",
        "limits.of_lane(lane.id))",
    ),
    Guard(
        "who-falls-asleep-between-pages-is-seen",
        PASS,
        "        sleeps_until = first[0].record.next_due_at if first else None\n",
        "        sleeps_until = next_due\n",
    ),
    Guard(
        "an-account-is-counted-with-each-campaign-read",
        "service/usecases/lane_view.py",
        "    for id in sorted(ids & view.accounts.keys()):\n",
        "    for id in sorted((ids & view.accounts.keys()) - view.in_flight_of.keys()):\n",
    ),
    Guard(
        "caller-numbers-are-counted",
        "service/usecases/callers.py",
        "            if self._room_of(outside, account, caller) > 0:\n",
        "            if self._room_of(outside, account, caller) > -1000:\n",
    ),
    # --- rules about numbers, money and pace
    Guard(
        "handler-checks-do-not-call",
        PLACE,
        "    if is_barred(callee, now):\n",
        "    if False:\n",
    ),
    Guard("handler-checks-caps", PLACE, "    if allowed_at > now:\n", "    if False:\n"),
    Guard(
        "dials-of-a-number-are-remembered-together",
        "service/usecases/dial_memory.py",
        "return [Update(record, callee.version) if callee else Create(record)]",
        'return [__import__("service.ports").ports.Merge(Callee, record.id, vars(record))]',
    ),
    Guard(
        "the-law-is-kept",
        "service/domain/calling_hours.py",
        "        *_legal_parts(widened, place, zones_of_law(cohort), rulebook, years),\n",
        "",
    ),
    Guard(
        "an-unknown-place-is-closed",
        "service/domain/calling_hours.py",
        '        yield Part.never("legal_hours")\n        return\n',
        "        return\n",
    ),
    Guard(
        "all-zones-of-a-contact-must-be-open",
        "service/domain/calling_hours.py",
        "    for zone in zones:\n        yield Part(",
        "    for zone in zones[:1]:\n        yield Part(",
    ),
    Guard("the-worst-case-is-held", CALL, "        spent=call.spent + hold,\n", ""),
    Guard(
        "a-budget-bounds-the-claims",
        "service/usecases/quotas.py",
        "                **_budget(outside, campaign, account),\n",
        "",
    ),
    Guard(
        "the-budget-of-a-day-bounds-the-claims",
        "service/usecases/lane_view.py",
        "            room_of_day_budget(outside, account, view.days[id]),\n",
        "            1_000_000,\n",
    ),
    Guard(
        "a-pace-is-kept",
        "service/usecases/quotas.py",
        "                **({PACE: pacer.quota(now)} if pacer else {}),\n",
        "",
    ),
    Guard(
        "only-the-end-of-days-expires-calls",
        "service/usecases/drain.py",
        "chunks(openings.never) if openings",
        "chunks(openings.open) if openings",
    ),
    Guard(
        "a-direct-call-s-place-is-let-into-its-queue",
        "service/usecases/direct_calls.py",
        "    _let_into_queue(outside, queue, wanted.cohort)\n",
        "",
    ),
    Guard(
        "an-import-lets-its-places-into-the-campaign",
        IMPORT,
        "_with_cohorts(_pulled(read.record), missing)",
        "_pulled(read.record)",
    ),
    # --- the clock
    Guard(
        "sleep-needs-the-clock",
        PASS,
        "[_write(wake, asleep), _write(mutex, lane)]",
        "[_write(outside.store.get(Wake, lane.id), asleep), _write(mutex, lane)]",
    ),
    Guard(
        "sleep-needs-the-mutex",
        PASS,
        "[_write(wake, asleep), _write(mutex, lane)]",
        "[_write(wake, asleep)]",
    ),
    Guard("awake-while-in-flight", PASS, "if at_rest and view.in_flight == 0 and", "if at_rest and"),
    Guard(
        "claims-write-their-campaign",
        CLAIMS,
        "for id, turn in turns.campaigns.items()",
        "for id, turn in dict[str, float]().items()",
    ),
    Guard(
        "campaign-sleeps-only-unchanged",
        PASS,
        "Update(asleep, stored.version)",
        "Update(asleep, outside.store.get(type(asleep), asleep.id).version)",
    ),
    Guard(
        "what-waits-is-read-after-the-count",
        CLAIMING,
        "    line.next_due_at = _first_due(outside, view, line)\n",
        "",
    ),
    Guard(
        "a-campaign-in-flight-stays-awake",
        CLAIMING,
        "    if count_in_flight(outside, line.campaign, view.in_flight_of):\n",
        "    if False:\n",
    ),
    Guard(
        "a-canceled-campaign-in-flight-stays-awake",
        "service/usecases/drain.py",
        "return False if in_flight else _put_to_sleep(outside, view, campaign)",
        "return _put_to_sleep(outside, view, campaign)",
    ),
    Guard(
        "import-pulls-the-clock",
        IMPORT,
        "            writes.append(pull_clock(campaign.lane))\n",
        "            pass\n",
    ),
    Guard(
        "import-needs-the-campaign-unchanged",
        IMPORT,
        "[Update(campaign, read.version), *(Create(call) for call in missing)]",
        "[*(Create(call) for call in missing)]",
    ),
    Guard(
        "ended-campaigns-take-no-contacts",
        IMPORT,
        "    refuse_when_over(read.record)\n",
        "",
    ),
    Guard(
        "start-pulls-the-clock",
        "service/usecases/campaigns.py",
        "        decide,\n        pull_clock(account.lane),\n",
        "        decide,\n",
    ),
    Guard(
        "direct-call-pulls-the-clock",
        "service/usecases/direct_calls.py",
        "pulls = [pull_campaign(queue), pull_clock(account.lane)]",
        "pulls = [pull_campaign(queue)]",
    ),
    Guard(
        "direct-call-pulls-its-queue",
        "service/usecases/direct_calls.py",
        "pulls = [pull_campaign(queue), pull_clock(account.lane)]",
        "pulls = [pull_clock(account.lane)]",
    ),
    Guard(
        "edit-pulls-the-clock",
        "service/usecases/campaigns.py",
        "amend, names_numbers)),\n        pull_clock(account.lane),\n",
        "amend, names_numbers)),\n",
    ),
    Guard(
        "sweep-looks-twice",
        "service/usecases/sweep.py",
        "again is None or again.version != read.version",
        "again is None",
    ),
    # --- nothing is lost, no slot leaks
    Guard(
        "trouble-of-the-provider-ends-no-call",
        CALL,
        "refusals = call.refusals + counted",
        "refusals = call.refusals + 1",
    ),
    Guard("lost-tasks-are-made-again", LOOK_AFTER, "    prompts.send_to_handlers(outside, [call])\n", ""),
    Guard("a-rescue-has-a-new-name", CALL, "dispatch=call.dispatch + 1, ", ""),
    Guard(
        "a-claim-that-is-never-dialled-gives-its-slot-back",
        LOOK_AFTER,
        "calls.dispatch_again if call.rescues < calls.RESCUES_MAX else calls.give_back",
        "calls.dispatch_again",
    ),
    Guard(
        "expired-leases-end",
        LOOK_AFTER,
        "lease_ends) if now < lease_ends else None",
        "lease_ends)",
    ),
    Guard(
        "to-be-accepted-is-no-sign-of-life",
        LOOK_AFTER,
        "return learned.goes_on or (unheard and now < patience_ends)",
        "return learned.goes_on or unheard",
    ),
    Guard("what-may-yet-ring-is-not-redialled", EVENTS, "redial = not may_ring and ", "redial = "),
    Guard(
        "lost-webhooks-are-asked-for",
        LOOK_AFTER,
        "moved = events.apply(call, event, campaign, now=now, limits=outside.limits) if event else None",
        "moved = None",
    ),
    Guard(
        "an-aborted-look-is-decided-again",
        LOOK_AFTER,
        "change_call(outside, looked_at.id, decide, read=stored)",
        "change_call(outside, looked_at.id, decide, read=stored, tries=1)",
    ),
    Guard(
        "a-rescue-looks-again",
        LOOK_AFTER,
        "overtaken = call.state is not State.CLAIMED or call.dispatch != stored.record.dispatch",
        "overtaken = False",
    ),
    Guard(
        "a-look-is-fenced-by-attempt",
        LOOK_AFTER,
        "        if overtaken or call.attempt != looked_at.attempt:\n",
        "        if overtaken:\n",
    ),
    Guard(
        "uncertain-ends",
        EVENTS,
        "return next((check for check in checks if check > now), None)",
        "return now + timedelta(seconds=60)",
    ),
    Guard(
        "what-others-hold-is-not-taken",
        ENQUIRY,
        "[event for event in found if event.provider_id not in held]",
        "found",
    ),
    Guard(
        "what-rivals-may-hold-is-not-taken",
        ENQUIRY,
        " and not any(_rivals(attempt, dialed) for attempt in attempts)",
        "",
    ),
    Guard("one-of-several-is-not-guessed", ENQUIRY, "len(free) == 1 and ", ""),
    Guard("all-rivals-are-seen", ENQUIRY, "len(free) == 1 and all_seen and", "len(free) == 1 and"),
    Guard(
        "a-silent-provider-is-left-alone",
        ENQUIRY,
        "        if self.unanswered[asked] >= UNANSWERED_MAX:\n",
        "        if False:\n",
    ),
    Guard(
        "overdue-calls-are-ended",
        LOOK_AFTER,
        "        enquiry.hang_up(looked_at, learned.event.provider_id)\n",
        "        pass\n",
    ),
    Guard(
        "a-fast-counter-is-not-believed",
        "service/state/server_clock.py",
        "passed_ns - passed_ns // DRIFT_MAX",
        "passed_ns",
    ),
    # --- events out
    Guard(
        "an-event-is-in-the-commit-of-its-step",
        "service/usecases/outbox.py",
        "return [*creates(events), *record(before, after)]",
        "return [*record(before, after)]",
    ),
    Guard(
        "a-handler-s-step-is-told",
        PLACE,
        "[Update(freed, stored.version), *outbox.creates(events)]",
        "[Update(freed, stored.version)]",
    ),
    Guard(
        "a-campaign-s-end-is-told",
        PASS,
        "[Update(asleep, stored.version), *outbox.creates(events)]",
        "[Update(asleep, stored.version)]",
    ),
    Guard(
        "a-lost-task-of-an-event-is-found",
        PASS,
        "            outbox.sweep_events(outside, wake.record, now)\n",
        "            pass\n",
    ),
    Guard(
        "a-round-has-one-task",
        "service/usecases/deliver_event.py",
        "read.record.round != round or ",
        "",
    ),
    Guard(
        "the-limit-of-webhooks-needs-the-account-unchanged",
        "service/usecases/webhooks.py",
        "[Create(webhook), _notify(read, [*others, webhook]), sweep, *recorded]",
        "[Create(webhook), Merge(Account, account.id, {'notify': wanted.events}), sweep, *recorded]",
    ),
    # --- the audit, and imports that go on where they stopped
    Guard(
        "a-change-is-in-the-commit-of-its-record",
        "service/usecases/changes.py",
        ", *record(stored.record, decided)]",
        "]",
    ),
    Guard(
        "rows-that-are-done-are-left-out",
        IMPORT,
        "        left = chunk.after(filling.part(number).rows_done)\n",
        "        left = chunk\n",
    ),
    Guard(
        "a-chunk-needs-the-import-unchanged",
        IMPORT,
        "[Update(record, filling.record.version)]",
        "[Update(record, outside.store.get(Import, record.id).version)]",
    ),
    # --- Firestore
    Guard(
        "a-write-always-changes-the-version",
        FIRESTORE,
        "{COMMIT_MARK: secrets.token_hex(8)}",
        '{COMMIT_MARK: "same"}',
        True,
    ),
    Guard(
        "a-commit-is-sent-once",
        FIRESTORE,
        "request, retry=None, timeout=COMMIT_SECONDS_MAX, metadata=self._metadata",
        "request, timeout=COMMIT_SECONDS_MAX, metadata=self._metadata",
        True,
    ),
    Guard(
        "late-answers-are-not-used",
        FIRESTORE,
        "            if _seconds(received_ns - sent_ns) > READ_TRY_SECONDS:\n",
        "            if False:\n",
        True,
    ),
)
