"""What the demo proves at its end, from the telephone network's own records, and what a month costs."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from service.domain import prices
from service.domain.prices import Use, dollars
from service.local.telephone_calls import Ring
from service.local.time_lapse import TimeLapse
from service.receipts import Receipt

Ladders = Mapping[str, tuple[int, ...]]

PAGE = 200


@dataclass
class Ledger:
    """What all requests together have cost."""

    cost: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)

    def add(self, receipt: Receipt) -> None:
        self.requests[receipt["kind"]] += 1
        for spent in ("reads", "writes", "tasks"):
            self.cost[spent] += receipt[spent]


def print_report(
    world: TimeLapse,
    campaign_id: str,
    ledger: Ledger,
    zone: ZoneInfo,
    ladders: Ladders,
) -> int:
    """`ladders`: the campaign's minutes before each retry, by outcome. Returns 0 if every promise held."""
    rings = world.network.rings()
    outside_hours = sum(1 for ring in rings if not 9 <= ring.created_at.astimezone(zone).hour < 17)
    # The callback's address names call and attempt: a second request for one would show here.
    per_attempt = Counter(ring.callback_url for ring in rings)
    twice = sum(1 for count in per_attempt.values() if count > 1)
    outcomes = world.api("GET", f"/api/campaigns/{campaign_id}")["progress"]
    wait = longest_wait(rings, _waits(world, campaign_id, rings, ladders), zone)
    print("\ncalls by outcome:", ", ".join(f"{n} {name}" for name, n in outcomes.items() if n))
    print(f"create requests at the telephone network: {len(rings)}")
    print(f"rings outside hours: {outside_hours}")
    print(f"numbers rung twice at one attempt: {twice}")
    print(f"longest wait between a slot freed and the next ring: {wait.total_seconds():.1f} s")
    _print_costs(ledger)
    unfinished = outcomes["queued"] + outcomes["in_flight"] + outcomes["uncertain"]
    return 1 if outside_hours or twice or unfinished else 0


@dataclass(frozen=True)
class Wait:
    """A call that was due, and when it was dialled."""

    since: datetime
    until: datetime


def _waits(world: TimeLapse, campaign_id: str, rings: list[Ring], ladders: Ladders) -> list[Wait]:
    waits = []
    path, cursor = f"/api/campaigns/{campaign_id}/calls?limit={PAGE}", ""
    dialed = {ring.sid: ring.created_at for ring in rings}
    while True:
        page = world.api("GET", path + cursor)
        for call in page["data"]:
            waits += _waits_of(call, dialed, ladders)
        if page["next_cursor"] is None:
            return waits
        cursor = f"&cursor={page['next_cursor']}"


def _waits_of(call: dict[str, Any], dialed: dict[str, datetime], ladders: Ladders) -> list[Wait]:
    waits, since, steps = [], datetime.fromisoformat(call["created_at"]), Counter[str]()
    for attempt in call["attempts"]:
        waits.append(Wait(since, dialed[attempt["provider_id"]]))
        ladder, step = ladders.get(attempt["outcome"], ()), steps[attempt["outcome"]]
        steps[attempt["outcome"]] += 1
        if step < len(ladder):
            since = datetime.fromisoformat(attempt["ended_at"]) + timedelta(minutes=ladder[step])
    return waits


def longest_wait(rings: list[Ring], waits: list[Wait], zone: ZoneInfo) -> timedelta:
    """From each end of a call while others were due, to the next create request on the same day."""
    starts = sorted(ring.created_at for ring in rings)
    longest = timedelta()
    for ended in (ring.ended_at for ring in rings if ring.ended_at):
        following = next((start for start in starts if start > ended), None)
        somebody_due = any(wait.since <= ended < wait.until for wait in waits)
        same_day = following and following.astimezone(zone).date() == ended.astimezone(zone).date()
        if following and somebody_due and same_day:
            longest = max(longest, following - ended)
    return longest


def _print_costs(ledger: Ledger) -> None:
    spent, requests = ledger.cost, ledger.requests
    print(
        f"this run: {spent['reads']} reads, {spent['writes']} writes, {spent['tasks']} tasks, "
        f"{sum(requests.values())} requests (the demo's own looks included)"
    )
    campaign = dollars(
        Use(
            spent["reads"],
            spent["writes"],
            2 * spent["tasks"],  # at most: what is refused, being there already, is not delivered again
            sum(requests.values()),
            sum(requests.values()) * prices.BILLED_SECONDS_MIN,
        )
    )
    asleep = dollars(prices.use_of_ticks(prices.MONTH_SECONDS))
    month = asleep + prices.SCHEDULER_JOB_MONTH + campaign
    polling = prices.never_sleeping_dollars(prices.MONTH_SECONDS) + campaign
    print(
        f"a month with this campaign, at list prices: {month:.2f} $ (asleep {asleep:.2f} $, each tick taken "
        f"as a cold start of {prices.COLD_START_SECONDS:.0f} s; "
        f"scheduler {prices.SCHEDULER_JOB_MONTH:.2f} $; the campaign {campaign:.4f} $)"
    )
    print(
        f"the same with a worker that polls every {prices.POLL_SECONDS} s and so never sleeps: "
        f"{polling:.2f} $ ({polling / month:.0f} times as much)"
    )
