"""Contacts become calls: each number once, in chunks, and never behind a sleeping clock."""

from collections.abc import Iterable

import pytest

from service.contacts.contact_file import Contact
from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.campaign import Campaign, Status
from service.domain.errors import Busy, NotFound, WrongState
from service.domain.lane import AWAKE, Wake
from service.ports import CommitUnknown, Outside, StoreUnavailable
from service.usecases.campaigns import take_step
from service.usecases.import_contacts import CHUNK_ROWS, Imported, import_contacts
from tests.support.fakes import committing
from tests.support.world import NOON, World, minutes, number


def contact(index: int, **changes: object) -> Contact:
    given = {
        "name": None,
        "variables": {},
        "external_id": None,
        "timezone": None,
        "not_before": None,
        "cohort": "",
    }
    return Contact(line=index + 2, phone=number(index), **(given | changes))  # type: ignore[arg-type]


def add_contacts(outside: Outside, account: Account, numbers: Iterable[int]) -> Imported:
    return import_contacts(outside, account, "cmp_1", [contact(index) for index in numbers])


def add(world: World, numbers: Iterable[int]) -> Imported:
    return add_contacts(world.outside, world.get(Account, "acc_1"), numbers)


@pytest.fixture
def draft(world: World) -> World:
    """A campaign that is being made."""
    world.account()
    world.campaign(status=Status.DRAFT, next_due_at=None)
    return world


@pytest.fixture
def running(each_world: World) -> World:
    """A campaign that runs in a lane that sleeps, on both stores."""
    each_world.limit(calls_in_flight_max=1)
    each_world.account()
    each_world.campaign(calls=1, due_at=NOON + minutes(60))
    each_world.run()
    assert each_world.wake_at == NOON + minutes(60)
    return each_world


def test_an_import_says_how_many_were_added_and_how_many_were_there(draft: World) -> None:
    assert add(draft, range(10)) == Imported(created=10, present=0)
    assert add(draft, range(5, 15)) == Imported(created=5, present=5)
    assert draft.states() == {"queued": 15}


def test_importing_again_adds_and_changes_nothing(draft: World) -> None:
    add(draft, range(2 * CHUNK_ROWS))
    before = draft.calls()
    assert add(draft, range(2 * CHUNK_ROWS)) == Imported(created=0, present=2 * CHUNK_ROWS)
    assert draft.calls() == before


def test_calls_are_due_and_listed_in_the_order_of_the_file(draft: World) -> None:
    add(draft, [3, 1, 2])
    in_order = sorted(draft.calls(), key=lambda call: call.due_at)
    assert [call.to for call in in_order] == [number(3), number(1), number(2)]
    assert in_order == sorted(draft.calls(), key=lambda call: call.created_at)
    assert in_order[-1].due_at == NOON


def test_a_contact_s_values_come_with_its_call(draft: World) -> None:
    later = NOON + minutes(90)
    given = {"name": "Zoë", "variables": {"day": "Friday"}, "external_id": "x-1", "not_before": later}
    account = draft.get(Account, "acc_1")
    import_contacts(draft.outside, account, "cmp_1", [contact(1, **given)])
    (call,) = draft.calls()
    assert (call.name, call.variables, call.external_id) == ("Zoë", {"day": "Friday"}, "x-1")
    assert call.due_at == later


def test_a_contact_is_not_due_before_it_is_imported(draft: World) -> None:
    yesterday = NOON - minutes(24 * 60)
    account = draft.get(Account, "acc_1")
    import_contacts(draft.outside, account, "cmp_1", [contact(1, not_before=yesterday)])
    assert draft.calls()[0].due_at == NOON


def test_the_same_number_in_two_campaigns_is_two_calls(draft: World) -> None:
    draft.campaign("cmp_2", status=Status.DRAFT, next_due_at=None)
    add(draft, range(3))
    account = draft.get(Account, "acc_1")
    assert import_contacts(draft.outside, account, "cmp_2", [contact(0)]) == Imported(created=1)


def test_a_number_that_is_in_the_list_twice_is_one_call(draft: World) -> None:
    assert add(draft, [1, 2, 1]) == Imported(created=2, present=1)


def test_an_empty_list_adds_nothing(draft: World) -> None:
    assert add(draft, []) == Imported()


def test_another_account_s_campaign_is_not_found(draft: World) -> None:
    with pytest.raises(NotFound):
        add_contacts(draft.outside, draft.account("acc_2"), range(3))
    assert draft.calls() == []


@pytest.mark.parametrize("status", [Status.FINISHED, Status.CANCELED])
def test_a_campaign_that_is_over_takes_no_contacts(world: World, status: Status) -> None:
    world.account()
    world.campaign(status=status, next_due_at=None)
    with pytest.raises(WrongState, match=f"is {status}"):
        add(world, range(3))
    assert world.calls() == []


def test_an_import_of_a_thousand_stays_within_its_budget(each_world: World) -> None:
    world = each_world
    world.account()
    world.campaign(status=Status.DRAFT, next_due_at=None)
    with world.meter.measure() as cost:
        add(world, range(1_000))
    assert cost.reads <= 1_000 / 100 + 5
    assert cost.writes <= 1_000 + 1_000 / 100 + 5
    assert cost.tasks == 0


def test_an_import_into_a_running_campaign_stays_within_the_same_budget(running: World) -> None:
    with running.meter.measure() as cost:
        add(running, range(1, 1_001))
    claimed = running.in_flight()
    assert claimed == 1
    assert cost.reads <= 1_000 / 100 + 5
    assert cost.writes <= 1_000 + 1_000 / 100 + 5
    assert cost.tasks - claimed <= 1


def test_contacts_for_a_running_campaign_are_called_at_once(running: World) -> None:
    add(running, range(1, 4))
    assert running.in_flight() == 1
    running.check_clock()


def test_each_chunk_pulls_the_clock_so_an_import_that_dies_half_way_leaves_nothing_asleep(
    running: World,
) -> None:
    def die() -> None:
        raise StoreUnavailable("gone")

    # The second chunk does not land.
    running.store.after(committing(Wake), lambda: running.store.before(committing(Wake), die))
    with pytest.raises(Busy, match=f"Stored at least {CHUNK_ROWS} contacts"):
        add(running, range(1, 2 * CHUNK_ROWS))
    assert running.wake_at == AWAKE
    assert running.get(Campaign, "cmp_1").next_due_at == AWAKE
    running.check_clock()


def test_after_a_failure_half_way_the_same_import_adds_the_rest(running: World) -> None:
    def lose() -> None:
        raise CommitUnknown("no answer")

    running.store.after(committing(Wake), lose)
    with pytest.raises(Busy, match="Import the same file again"):
        add(running, range(1, 2 * CHUNK_ROWS + 1))
    # The first chunk did land, but nobody was told.
    assert add(running, range(1, 2 * CHUNK_ROWS + 1)) == Imported(created=CHUNK_ROWS, present=CHUNK_ROWS)


def test_a_campaign_that_is_started_during_the_import_is_not_left_asleep_over_due_calls(
    each_world: World,
) -> None:
    world = each_world
    account = world.account()
    world.campaign(calls=1, status=Status.DRAFT, next_due_at=None)

    def start_and_sleep() -> None:
        take_step(world.elsewhere, account, "cmp_1", "start")
        call = world.calls()[0]
        world.edit(Call, call.id, state=State.CANCELED, live=False, check_at=None, finished_at=NOON)
        world.run_elsewhere("refill")

    world.store.after(committing(Campaign), lambda: world.store.before(committing(Campaign), start_and_sleep))
    add(world, range(1, 2 * CHUNK_ROWS))
    assert world.store.hooks_left == 0
    assert world.in_flight() == 10
    world.check_clock()


def test_a_campaign_that_is_canceled_during_the_import_takes_no_more(world: World) -> None:
    account = world.account()
    world.campaign(calls=1, status=Status.DRAFT, next_due_at=None)
    world.store.after(
        committing(Campaign),
        lambda: world.store.before(
            committing(Campaign), lambda: take_step(world.elsewhere, account, "cmp_1", "cancel")
        ),
    )
    with pytest.raises(WrongState, match="is canceled"):
        add(world, range(1, 2 * CHUNK_ROWS))
    assert world.states() == {"canceled": 1 + CHUNK_ROWS}


def test_two_imports_of_one_file_at_once_add_each_number_once(running: World) -> None:
    account = running.get(Account, "acc_1")
    running.store.before(committing(Campaign), lambda: add_contacts(running.elsewhere, account, range(1, 20)))
    assert add(running, range(10, 30)) == Imported(created=10, present=10)
    assert len(running.calls()) == 1 + 29
