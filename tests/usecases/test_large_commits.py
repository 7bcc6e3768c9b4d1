"""What one account stores makes no commit that Firestore refuses for its size: the lane's pass would fail for
ever, and with it everybody else's calls."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument

from service.domain.account import Account
from service.domain.call import Call
from service.domain.campaign import Campaign, Status
from service.domain.lane import AWAKE
from service.domain.webhook import EventType
from service.local.clocks import VirtualClock
from service.ports import Update, Write
from service.receipts import Meter
from service.state.firestore import FirestoreStore
from service.state.firestore_requests import Requests
from service.state.server_clock import ServerClock
from service.state.sqlite import SqliteStore
from tests.state.test_sizes import LARGEST
from tests.support.fakes import committing, finding, raising
from tests.support.world import NOON, World
from tests.usecases.test_import_contacts import Rows, contact, import_rows

REQUEST_BYTES_MAX = 10 * 1024 * 1024  # cloud.google.com/firestore/quotas
LARGE = {f"column {n}": "é" * 1000 for n in range(50)}  # as the API takes it
MEDIUM = {f"column {n}": "x" * 600 for n in range(50)}


class Sized(SqliteStore):
    """Refuses what Firestore refuses: a request of more than 10 MiB."""

    def commit(self, writes: Sequence[Write]) -> Any:
        request = Requests("projects/p/databases/(default)").commit(writes, {"_commit": "0" * 16})
        size = type(request).pb(request).ByteSize()
        if size > REQUEST_BYTES_MAX:
            raise InvalidArgument(f"Request payload size exceeds the limit: {size}")
        return super().commit(writes)


@pytest.fixture
def kind_of_store() -> type[SqliteStore]:
    return Sized


def enlarge(world: World, **changes: Any) -> None:
    for call in world.calls("cmp_1"):
        stored = world.store.inner.get(Call, call.id)
        assert stored is not None
        world.store.inner.commit([Update(replace(stored.record, **changes), stored.version)])


def with_another(world: World, calls: int, *, status: Status, **account: Any) -> None:
    """Two accounts, of which the other one has one call that waits."""
    world.limit(calls_in_flight_max=200)
    world.account("acc_1", calls_in_flight_max=150, **account)
    world.account("acc_2")
    world.campaign("cmp_1", calls, status=status)
    world.campaign("cmp_2", 1, account="acc_2")


@pytest.mark.parametrize("notify", [(), (EventType.CALL_FINISHED,)])
@pytest.mark.parametrize("variables", [LARGE, MEDIUM])
def test_large_contacts_that_are_canceled_hold_nobody_up(
    world: World, variables: dict[str, str], notify: tuple[EventType, ...]
) -> None:
    with_another(world, 200, status=Status.CANCELED, notify=notify)
    enlarge(world, variables=variables)
    world.run()
    assert world.states("cmp_2") == {"claimed": 1}
    assert world.states("cmp_1") == {"canceled": 200}


def test_nor_do_calls_that_are_as_large_as_one_can_be(world: World) -> None:
    with_another(world, 12, status=Status.CANCELED, notify=(EventType.CALL_FINISHED,))
    enlarge(world, variables=LARGEST.variables, script=LARGEST.script, attempts=LARGEST.attempts)
    world.run()
    assert world.states("cmp_1") == {"canceled": 12}


def test_large_contacts_are_claimed_by_several_passes_and_others_get_their_turn(world: World) -> None:
    with_another(world, 150, status=Status.RUNNING)
    enlarge(world, variables=LARGE)
    report = world.run()
    assert (0 < len(report.claimed) < 50, report.more) == (True, True)
    world.run("refill")
    assert world.states("cmp_2") == {"claimed": 1}
    world.settle()
    assert world.states("cmp_1") == {"claimed": 150}


def test_the_emulator_takes_them_as_well(emulator: Any) -> None:
    meter = Meter()
    client = emulator.client()
    world = World(FirestoreStore(client, meter, ServerClock().observe), meter, VirtualClock(NOON))
    with_another(world, 100, status=Status.CANCELED, notify=(EventType.CALL_FINISHED,))
    enlarge(world, variables=MEDIUM)
    world.run()
    assert (world.states("cmp_1"), world.states("cmp_2")) == ({"canceled": 100}, {"claimed": 1})
    client.close()


def test_a_campaign_that_cannot_be_drained_keeps_no_other_from_its_calls(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with_another(world, 2, status=Status.CANCELED)
    world.store.before(committing(Call), raising(InvalidArgument("too large")))
    report = world.run()
    assert (world.states("cmp_1"), world.states("cmp_2")) == ({"queued": 2}, {"claimed": 1})
    assert "Campaign cmp_1 could not be drained" in caplog.text
    assert not report.more  # no pass comes at once: it may fail for ever
    assert (world.get(Campaign, "cmp_1").next_due_at, world.wake_at) == (AWAKE, AWAKE)
    world.run()
    assert world.states("cmp_1") == {"canceled": 2}


def test_nor_does_it_put_the_clock_to_sleep(world: World) -> None:
    world.account()
    world.campaign(calls=2, status=Status.CANCELED)
    world.store.before(committing(Call), raising(InvalidArgument("too large")))
    assert world.run().next_wake == AWAKE
    assert world.wake_at == AWAKE


def test_nor_does_it_make_another_s_request_fail(world: World) -> None:
    with_another(world, 2, status=Status.CANCELED)
    world.store.before(finding(Call, "campaign_id", "state"), raising(InvalidArgument("too large")))
    assert world.place_direct(account="acc_2").call.account_id == "acc_2"
    assert world.store.hooks_left == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("न" * 98, "न" * 70), ("x" * 98, "x" * 80), ("x", "🎈" * 1_000)],
    ids=["wide names", "long names", "large values"],
)
def test_a_chunk_of_an_import_is_one_request_whatever_its_columns_are_called(
    world: World, name: str, value: str
) -> None:
    world.account()
    world.campaign(status=Status.DRAFT, next_due_at=None)
    variables = {f"{name}{n:02}": value for n in range(100)}
    file = Rows(tuple(contact(n, variables=variables) for n in range(500)))
    assert import_rows(world.outside, world.get(Account, "acc_1"), file).total("created") == 500
