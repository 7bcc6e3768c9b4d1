"""The arithmetic of prices, by hand."""

from collections import Counter
from pathlib import Path

import pytest

from service.domain import prices
from service.domain.prices import Use, dollars
from tests.bench.bill import billed_seconds, dollars_of_requests, month_dollars, shares
from tests.bench.campaign_run import Ledger


@pytest.mark.parametrize(
    ("seconds", "billed"), [(0.0, 0.1), (0.01, 0.1), (0.1, 0.1), (0.3, 0.3), (2.0004, 2.1)]
)
def test_a_request_is_billed_in_steps_of_100_ms_that_are_begun(seconds: float, billed: float) -> None:
    assert billed_seconds(seconds) == pytest.approx(billed)


def test_a_month_without_any_work_costs_the_scheduler_s_job() -> None:
    assert month_dollars(Use()) == prices.SCHEDULER_JOB_MONTH


def test_each_price_counts_once() -> None:
    job = prices.SCHEDULER_JOB_MONTH
    assert month_dollars(Use(reads=100_000)) - job == pytest.approx(0.03)
    assert month_dollars(Use(writes=100_000)) - job == pytest.approx(0.09)
    assert month_dollars(Use(task_operations=1_000_000)) - job == pytest.approx(0.40)
    assert month_dollars(Use(requests=1_000_000)) - job == pytest.approx(0.40)
    assert month_dollars(Use(instance_seconds=1_000)) - job == pytest.approx(0.024 + 0.00125)


def test_the_free_tiers_of_the_day_are_those_of_thirty_days_in_a_month() -> None:
    taken = shares(Use(reads=1_500_000, writes=300_000))
    assert (taken.by_name["reads"], taken.by_name["writes"]) == (1.0, 0.5)
    assert taken.is_free
    assert not shares(Use(reads=1_500_001)).is_free


def test_a_month_takes_the_larger_part_of_cloud_run_s_seconds_of_cpu() -> None:
    taken = shares(Use(instance_seconds=18_000))
    assert taken.by_name["vcpu_seconds"] == pytest.approx(0.1)
    assert taken.by_name["gib_seconds"] == pytest.approx(0.025)


def test_a_task_that_is_refused_is_billed_once_and_a_delivered_one_twice() -> None:
    ledger = Ledger()
    nothing = {"reads": 0, "writes": 0, "cpu_milliseconds": 0.0}
    ledger.add({"kind": "tick", "reason": "refill", "tasks": 100, **nothing})  # delivered, and creates 100
    for _ in range(100):
        ledger.add({"kind": "call", "tasks": 0, **nothing})
        ledger.add({"kind": "webhook", "tasks": 1, **nothing})  # asks for the one next refill
    spent = ledger.totals()
    requests = dollars(Use(requests=201, instance_seconds=20.1))
    assert dollars_of_requests(spent) - requests == pytest.approx(301 * 0.40 / 1_000_000)


def test_a_handler_that_waits_for_its_provider_is_billed_so_long_and_other_requests_are_not() -> None:
    spent = Counter(requests=10, handlers=4)
    longer = dollars_of_requests(spent, handler_seconds=0.5) - dollars_of_requests(spent)
    assert longer == pytest.approx(dollars(Use(instance_seconds=4 * 0.4)))


def test_each_price_and_each_free_tier_has_its_source_and_the_day_on_which_it_was_read() -> None:
    assert prices.FREE_TIERS.keys() == prices.billed(Use()).keys()
    assert prices.FREE_TIERS.keys() <= prices.PRICES.keys()
    each = [*prices.PRICES.values(), *prices.FREE_TIERS.values()]
    assert all(one.source.startswith("https://cloud.google.com/") for one in each)
    assert min(one.read_on for one in each).isoformat()[:7] == prices.READ_IN


def test_what_is_deployed_is_what_is_priced() -> None:
    script = (Path(__file__).parents[2] / "deploy" / "gcp_resources.sh").read_text()
    assert f"--cpu={prices.VCPU:.0f} --memory={prices.GIB * 1024:.0f}Mi" in script


def test_a_server_that_never_sleeps_pays_every_second_and_each_of_its_looks() -> None:
    looks = 30 * 8_640 * 0.03 / 100_000  # a document every ten seconds
    month = prices.never_sleeping_dollars(prices.MONTH_SECONDS)
    assert month == pytest.approx(30 * 86_400 * (0.000018 + 0.000001) + looks)
