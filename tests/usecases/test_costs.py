"""What a call costs from start to finish, over the entry points, as Firestore and Cloud Tasks bill it."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from service.domain.forecast_costs import use_of_dials
from service.local.telephone_calls import Fate
from service.local.telephone_network import TelephoneNetwork
from service.local.time_lapse import TimeLapse
from service.receipts import Receipt
from service.settings import Settings
from tests.support.receiver import receiver

START = datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC)
HOURS_MAX = 24
DELIVERED = {"refill", "wake", "check"}  # passes that a task brought
PAGE = 50


@dataclass
class Campaign:
    """A campaign whose every call is answered, and what all requests cost since it was started."""

    world: TimeLapse
    id: str
    receipts: list[Receipt]

    @classmethod
    def of(cls, folder: Path, calls: int, *, slots: int, webhook: str | None = None) -> "Campaign":
        folder.mkdir()
        receipts: list[Receipt] = []
        limits = {"calls_in_flight_max": slots, "account_calls_in_flight_max": slots}
        world = TimeLapse.begin(
            folder,
            START,
            seed=1,
            on_receipt=receipts.append,
            settings=Settings(**limits, calls_per_second=10_000.0),  # type: ignore[arg-type]
            network=partial(TelephoneNetwork, fate=lambda *_: Fate("completed", 5, 60)),
        )
        wanted = {"name": "Spring", "timezone": "UTC", "script": {"twiml": "<Response/>"}}
        id = world.api("POST", "/api/campaigns", wanted)["id"]
        rows = [f"+1312{5550000 + n}" for n in range(calls)]
        world.api("POST", f"/api/campaigns/{id}/contacts", "\n".join(["phone", *rows]).encode())
        if webhook:
            world.api("POST", "/api/webhooks", {"url": webhook, "events": ["call.finished"]})
            world.run_until(START + timedelta(minutes=1))
        receipts.clear()
        return cls(world, id, receipts)

    def run(self) -> None:
        self.world.api("POST", f"/api/campaigns/{self.id}/start")
        while self.world.clock.now() < START + timedelta(hours=HOURS_MAX):
            self.world.step(START + timedelta(hours=HOURS_MAX))
            if self.receipts[-1].get("result") == "Nothing waits: asleep until there is work":
                return
        raise AssertionError("The campaign has no end.")

    def cost(self) -> Counter[str]:
        """Without deliveries to webhooks, which wait for nobody and nobody waits for."""
        spent: Counter[str] = Counter()
        for receipt in (receipt for receipt in self.receipts if receipt["kind"] != "event"):
            delivered = receipt["kind"] == "call" or receipt.get("reason") in DELIVERED
            spent.update(
                reads=receipt["reads"],
                writes=receipt["writes"],
                task_operations=receipt["tasks"] + delivered,
            )
        return spent


def cost_of_each_further_call(
    folder: Path, fewer: int, more: int, slots: int, webhook: str | None = None
) -> dict[str, float]:
    """Ticks included; without what a campaign costs once, to start and to finish it."""
    costs = []
    for calls in (fewer, more):
        campaign = Campaign.of(folder / str(calls), calls, slots=slots, webhook=webhook)
        campaign.run()
        costs.append(campaign.cost())
    return {name: (costs[1][name] - costs[0][name]) / (more - fewer) for name in costs[0]}


@pytest.fixture(scope="module")
def with_a_pass_for_each(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    return cost_of_each_further_call(tmp_path_factory.mktemp("one"), 10, 40, slots=1)


@pytest.fixture(scope="module")
def in_passes_of_100(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    return cost_of_each_further_call(tmp_path_factory.mktemp("many"), 100, 300, slots=100)


def test_a_call_with_a_pass_of_its_own_stays_within_its_budget(
    with_a_pass_for_each: dict[str, float],
) -> None:
    cost = with_a_pass_for_each
    assert cost["reads"] <= 16
    assert cost["writes"] <= 8
    assert cost["task_operations"] <= 5


def test_a_call_in_passes_of_100_stays_within_its_budget_of_reads(
    in_passes_of_100: dict[str, float],
) -> None:
    assert in_passes_of_100["reads"] <= 8


def test_a_call_in_passes_of_100_is_written_five_times_and_the_pass_s_share(
    in_passes_of_100: dict[str, float],
) -> None:
    """Claim, dialing, placed, answered, final; and of each pass the mutex, the campaign and the account. Its
    task and the delivery, a refill asked for at its end; and of each refill the delivery."""
    assert in_passes_of_100["writes"] <= 5 + 3 / 100
    assert in_passes_of_100["task_operations"] <= 3 + 1 / 100


def test_a_call_that_is_told_of_costs_one_write_and_one_task_more(
    tmp_path: Path, with_a_pass_for_each: dict[str, float]
) -> None:
    """The event, written with its end, and the task that delivers it. No read."""
    with receiver() as there:
        cost = cost_of_each_further_call(tmp_path, 10, 40, slots=1, webhook=there.url)
    assert len(there.received) == 50
    more = {name: cost[name] - with_a_pass_for_each[name] for name in cost}
    assert more == {"reads": 0, "writes": 1, "task_operations": 1}


def test_a_delivery_reads_the_event_and_the_webhook_and_writes_what_came_of_it(tmp_path: Path) -> None:
    with receiver() as there:
        campaign = Campaign.of(tmp_path / "1", 3, slots=1, webhook=there.url)
        campaign.run()
    delivered = [receipt for receipt in campaign.receipts if receipt["kind"] == "event"]
    assert [(each["reads"], each["writes"], each["tasks"]) for each in delivered] == [(2, 1, 0)] * 3


def test_forecasts_and_the_usage_of_a_month_go_by_what_is_counted(
    with_a_pass_for_each: dict[str, float], in_passes_of_100: dict[str, float]
) -> None:
    """Never too little, and less than one operation too much."""
    dials = 10_000
    for counted, calls_a_second in ((with_a_pass_for_each, 0.0), (in_passes_of_100, 100.0)):
        told = use_of_dials(dials, calls_a_second)
        for name, amount in (
            ("reads", told.reads),
            ("writes", told.writes),
            ("task_operations", told.task_operations),
        ):
            assert 0 <= amount / dials - counted[name] < 1, (name, calls_a_second)
