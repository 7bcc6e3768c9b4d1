"""The promises, checked from outside after every step. It shares no code with the service: its calendar looks
at the wall clock minute by minute, and rings are counted at the telephone network."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.simulation.oracle_calendar import first_open, open_at

LIVE = {"claimed", "dialing", "ringing", "in_progress", "uncertain"}
FINAL = {"completed", "voicemail", "busy", "no_answer", "failed", "canceled", "expired", "unconfirmed"}
TICK = timedelta(minutes=15)
MARGIN = timedelta(seconds=5)
DAY_MARGIN = timedelta(seconds=10)  # a dial is remembered by its commit, up to 5 s before its request
MICROS_A_MINUTE = 14_000
CHECK_AGE_MAX = timedelta(seconds=30)  # a read's answer may take a while; then 5 s for the commit


class Broken(Exception):
    """A promise does not hold."""


@dataclass(frozen=True)
class Placed:
    """One create request that the telephone network received."""

    call_id: str
    attempt: int
    began_at: datetime


@dataclass
class Oracle:
    """It is told of every commit that was applied and of every create request; it believes nothing else."""

    lane_max: int
    account_max: int
    lease: timedelta
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    placed: list[Placed] = field(default_factory=list)
    ticks_answered: list[datetime] = field(default_factory=list)
    problems: Counter[str] = field(default_factory=Counter)
    longest_leak: timedelta = timedelta()
    _dirty: bool = True
    _counts: Counter[str] = field(default_factory=Counter)
    _owner: dict[str, tuple[str, int]] = field(default_factory=dict)
    _over_since: dict[tuple[str, int], datetime] = field(default_factory=dict)
    _calendar: dict[Any, datetime | None] = field(default_factory=dict)
    _rang: defaultdict[tuple[str, str], list[datetime]] = field(default_factory=lambda: defaultdict(list))
    _sent_at: dict[str, datetime] = field(default_factory=dict)  # by call: its last create request
    _barred_since: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _cost: Counter[str] = field(default_factory=Counter)
    _on_line: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)

    # --- what it is told --------------------------------------------------------------------------

    def saw_record(self, record: Any, now: datetime) -> None:
        before = self.records.setdefault(record.COLLECTION, {}).get(record.id)
        self.records[record.COLLECTION][record.id] = record
        self._dirty = True
        if record.COLLECTION == "calls" and before is not None:
            self._check_history(before, record)
            self._measure_leak(before, record, now)

    def saw_create_request(
        self, call_id: str, began_at: datetime, check: tuple[Any, datetime] | None
    ) -> None:
        """A request begins to be sent. `check`: the campaign as its handler has last read it, and when."""
        if check is None:
            self._broken("out_of_hours_rings", f"{call_id} dialled without a look at its campaign")
            return
        campaign, read_at = check
        if campaign.status != "running":
            self._broken("out_of_hours_rings", f"{call_id} dialled, but {campaign.id} was {campaign.status}")
        if began_at - read_at > CHECK_AGE_MAX:
            self._broken("out_of_hours_rings", f"{call_id} dialled {began_at - read_at} after its last check")
        call = self.records["calls"][call_id]
        account = self.records["accounts"][call.account_id]
        self._check_number(call, account, read_at, began_at)
        self._sent_at[call_id] = began_at
        if not open_at(campaign, account, call.to, began_at):
            self._broken("out_of_hours_rings", f"{call_id} dialled at {began_at}")

    def saw_received(self, call_id: str, attempt: int, caller: str, began_at: datetime) -> None:
        """The telephone network has the request: it rings."""
        call = self.records["calls"][call_id]
        self._rang[call.account_id, call.to].append(self._sent_at.get(call_id, began_at))
        if any(p.call_id == call_id and p.attempt == attempt for p in self.placed):
            self._broken("double_rings", f"{call_id} attempt {attempt}")
        self.placed.append(Placed(call_id, attempt, began_at))
        self._on_line[call_id, attempt] = (call.account_id, caller)
        self._check_on_line()

    def saw_own_id(self, provider_id: str, call_id: str, attempt: int) -> None:
        """Which call each of the provider's calls really is."""
        self._owner[provider_id] = (call_id, attempt)

    def saw_do_not_call(self, account_id: str, number: str, now: datetime) -> None:
        """The user has the answer: from now on whoever looks must not call it."""
        self._barred_since.setdefault((account_id, number), now)

    def saw_end(self, call_id: str, attempt: int, now: datetime, seconds: int) -> None:
        call = self.records["calls"][call_id]
        self._cost[call.campaign_id] += MICROS_A_MINUTE * -(-seconds // 60)
        budget = self.records["campaigns"][call.campaign_id].settings.budget
        if budget is not None and self._cost[call.campaign_id] > budget:
            self._broken("limit_overshoots", f"{self._cost[call.campaign_id]} spent of {budget}")
        self._on_line.pop((call_id, attempt), None)
        self._over_since[call_id, attempt] = now

    def _check_number(self, call: Any, account: Any, read_at: datetime, began_at: datetime) -> None:
        barred_since = self._barred_since.get((account.id, call.to))
        if barred_since is not None and barred_since < read_at:
            self._broken("out_of_hours_rings", f"{call.id} dialled, barred since {barred_since}")
        cap = account.caps.per_day
        day_ago = began_at - timedelta(hours=24) + DAY_MARGIN
        recent = [rang for rang in self._rang[account.id, call.to] if rang > day_ago]
        if cap is not None and len(recent) >= cap:
            self._broken("limit_overshoots", f"{call.to} dialled {len(recent) + 1} times in a day")

    def saw_answer(self, request: str, status: int) -> None:
        """What fails outside is answered 503; a 500 is a fault of the service's own."""
        if status == 500:
            self._broken("errors", request)

    def saw_tick_answered(self, now: datetime) -> None:
        self.ticks_answered.append(now)

    # --- what it checks ---------------------------------------------------------------------------

    def check(self, now: datetime) -> None:
        if not self._dirty:
            return
        self._dirty = False
        calls = self.records.get("calls", {}).values()
        live = [call for call in calls if call.state in LIVE]
        self._check_limits(live)
        for call in calls:
            if call.live != (call.state in LIVE):
                self._broken("lost_calls", f"{call.id} says live={call.live} in {call.state}")
        for wake in self.records.get("wake", {}).values():
            if wake.at is None or wake.at > now:  # the next tick or hint finds it asleep
                self._check_sleep(wake, calls, live, now)

    def check_leaks(self, now: datetime) -> None:
        """A slot is freed at the latest by the first answered tick after its lease has ended."""
        for call in self.records.get("calls", {}).values():
            dialed = call.attempts and call.attempts[-1].number == call.attempt
            if call.state in LIVE and dialed and (call.id, call.attempt) not in self._on_line:
                lease_ends = call.attempts[-1].dialed_at + self.lease
                late = [tick for tick in self.ticks_answered if lease_ends < tick <= now]
                if len(late) > 1:
                    self._broken("leaked_slots", f"{call.id} {call.state} since {lease_ends}")

    def waits_for_a_far_day(self, call: Any, now: datetime) -> bool:
        """Its campaign's hours and the law's meet in no day that is near."""
        return call.state == "queued" and self._may_ring_at(call, now) is None

    def check_end(self, now: datetime) -> None:
        """Everything has come to rest: nothing waits for ever."""
        far = {
            c.campaign_id for c in self.records.get("calls", {}).values() if self.waits_for_a_far_day(c, now)
        }
        for call in self.records.get("calls", {}).values():
            campaign = self.records["campaigns"][call.campaign_id]
            waits = call.state == "queued" and campaign.status in {"paused", "draft"}
            if call.state not in FINAL and not waits and not self.waits_for_a_far_day(call, now):
                self._broken("lost_calls", f"{call.id} ends {call.state}, campaign {campaign.status}")
        for campaign in self.records.get("campaigns", {}).values():
            may_run = campaign.id in far or self._sleeps_until_its_canceled_call_was_due(campaign, now)
            if campaign.priority == 1 and campaign.status == "running" and not may_run:
                self._broken("lost_calls", f"campaign {campaign.id} is still running")

    def _sleeps_until_its_canceled_call_was_due(self, campaign: Any, now: datetime) -> bool:
        """No clock is pulled for who was taken out: then it finds nothing, and is finished."""
        calls = [c for c in self.records.get("calls", {}).values() if c.campaign_id == campaign.id]
        canceled = any(call.state == "canceled" for call in calls)
        return canceled and campaign.next_due_at is not None and campaign.next_due_at > now

    def _measure_leak(self, before: Any, after: Any, now: datetime) -> None:
        """How long a slot was held with nobody on the line: since the call's end at the network, or since
        its dial if it never got there. Times in which no tick was answered do not count."""
        key = (after.id, before.attempt)
        if after.state == "dialing" and before.state != "dialing":
            self._over_since[key] = now
        undone = after.state == "queued"  # it is dialled anew, and counted from there
        since = self._over_since.pop(key, None) if undone else self._over_since.get(key)
        if before.state not in LIVE or after.state in LIVE or since is None:
            return
        moments = [since, *(tick for tick in self.ticks_answered if since < tick < now), now]
        outage = sum((max(timedelta(), b - a - TICK) for a, b in pairwise(moments)), timedelta())
        leak = now - since - outage
        self.longest_leak = max(self.longest_leak, leak)
        if leak > self.lease + TICK:
            self._broken("leaked_slots", f"{after.id} was held for {leak} with nobody on the line")

    # --- how --------------------------------------------------------------------------------------

    def _check_history(self, before: Any, after: Any) -> None:
        if before.state in FINAL and after.state != before.state:
            self._broken("lost_calls", f"{after.id}: {before.state} -> {after.state}")
        for attempt in after.attempts:
            owner = self._owner.get(attempt.provider_id)
            if owner is not None and owner != (after.id, attempt.number):
                self._broken("errors", f"{after.id} attempt {attempt.number} took the call of {owner}")
        if after.attempt < before.attempt:
            self._broken("lost_calls", f"{after.id}: attempt {before.attempt} -> {after.attempt}")

    def _check_limits(self, live: list[Any]) -> None:
        """Only what grows can break one: a limit that a user lowers binds from the next claim."""
        counts = Counter[str]()
        for call in live:
            counts.update(("all lanes", call.account_id, call.campaign_id))
        for id, count in counts.items():
            if count > self._counts[id] and count > self._most(id):
                self._broken("limit_overshoots", f"{count} of {id}")
        self._counts = counts

    def _check_on_line(self) -> None:
        """The same at the telephone network, whatever the store says."""
        if len(self._on_line) > self.lane_max:
            self._broken("limit_overshoots", f"{len(self._on_line)} on the line")
        for id, count in Counter(account for account, _ in self._on_line.values()).items():
            if count > self._account_max(id):
                self._broken("limit_overshoots", f"{count} of {id} on the line")
        for (id, caller), count in Counter(self._on_line.values()).items():
            most = self.records["accounts"][id].caller_calls_in_flight_max
            if most is not None and count > most:
                self._broken("limit_overshoots", f"{count} of {id} from {caller}")

    def _most(self, id: str) -> int:
        if id in self.records["accounts"]:
            return self._account_max(id)
        if id in self.records["campaigns"]:
            own = self.records["campaigns"][id].settings.calls_in_flight_max
            return 1_000_000 if own is None else int(own)
        return self.lane_max

    def _account_max(self, id: str) -> int:
        own = self.records["accounts"][id].calls_in_flight_max
        return self.account_max if own is None else int(own)

    def _check_sleep(self, wake: Any, calls: Any, live: list[Any], now: datetime) -> None:
        in_lane = [call for call in live if call.lane == wake.id]
        if in_lane:
            self._broken("late_wakes", f"asleep with {in_lane[0].id} {in_lane[0].state}")
        for call in calls:
            if call.state == "queued" and call.lane == wake.id:
                due = self._may_ring_at(call, now)
                if due is not None and (wake.at is None or wake.at > due):
                    self._broken("late_wakes", f"{call.id} may ring at {due}, wake at {wake.at}")

    def _may_ring_at(self, call: Any, now: datetime) -> datetime | None:
        """The first moment from `due_at` on when it may ring; canceled ones are work for now."""
        campaign = self.records["campaigns"][call.campaign_id]
        if campaign.status == "canceled":
            return now
        if campaign.status != "running":
            return None
        account = self.records["accounts"][call.account_id]
        start = max(call.due_at, now)
        closing = open_at(campaign, account, call.to, start) and not open_at(
            campaign, account, call.to, start + MARGIN
        )
        if closing:  # nothing begins so shortly before a window closes
            start += MARGIN
        key = (
            campaign.settings.hours,
            campaign.settings.timezone,
            campaign.settings.zone_of,
            call.to[:5],
            account.widened,
            call.due_at if call.due_at > now else now.replace(second=0, microsecond=0),
            closing,
        )
        if key not in self._calendar:
            self._calendar[key] = first_open(campaign, account, call.to, start)
        found = self._calendar[key]
        return None if found is None else max(found, call.due_at)

    def _broken(self, promise: str, story: str) -> None:
        self.problems[promise] += 1
        raise Broken(f"{promise}: {story}")
