"""Contacts become calls: each number once, in chunks, and never behind a sleeping clock."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from service.contacts.contact_file import Contact, Rejection
from service.domain.account import Account
from service.domain.call import Call, State
from service.domain.campaign import Campaign, Pace, Status
from service.domain.errors import Busy, Invalid, NotFound, WrongState
from service.domain.imports import ErrorReport, Import, ImportStatus, Part
from service.domain.lane import AWAKE
from service.domain.pacing import AHEAD_SECONDS
from service.ports import CommitUnknown, Outside, Query, StoreUnavailable
from service.usecases.campaigns import find_campaign, take_step
from service.usecases.import_contacts import CHUNK_ROWS, import_part
from service.usecases.imports import ONLY_PART, begin_import, errors_of, find_filling
from tests.support.fakes import committing
from tests.support.world import NINE_TO_FIVE, NOON, World, minutes, number


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


def rejection(index: int) -> Rejection:
    return Rejection(index + 2, "phone", "nobody", "invalid_number", "No number.")


@dataclass(frozen=True)
class Rows:
    """A file, as import_contacts knows one."""

    all: tuple[Contact | Rejection, ...]
    content: str = "a file"

    @property
    def rows_total(self) -> int:
        return len(self.all)

    def rows(self) -> Iterator[Contact | Rejection]:
        return iter(self.all)


def rows(numbers: Iterable[int]) -> Rows:
    return Rows(tuple(contact(index) for index in numbers))


def import_rows(outside: Outside, account: Account, file: Rows, campaign: str = "cmp_1") -> Import:
    found = find_campaign(outside, account, campaign)
    return import_part(outside, begin_import(outside, account, found, file=file), ONLY_PART, file)


def add_contacts(outside: Outside, account: Account, numbers: Iterable[int]) -> Import:
    return import_rows(outside, account, rows(numbers))


def add(world: World, numbers: Iterable[int]) -> tuple[int, int]:
    """How many were created, and how many were there already."""
    imported = add_contacts(world.outside, world.get(Account, "acc_1"), numbers)
    assert imported.status is ImportStatus.DONE
    return imported.total("created"), imported.total("duplicates")


def send_again(world: World, file: Rows) -> Part:
    """The part of the only import."""
    filling = find_filling(world.outside, world.get(Account, "acc_1"), the_import(world).id)
    return import_part(world.outside, filling, 1, file).parts[0]


def the_import(world: World) -> Import:
    (record,) = (stored.record for stored in world.store.inner.find(Query(Import, ())))
    return record


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
    assert add(draft, range(10)) == (10, 0)
    assert add(draft, range(5, 15)) == (5, 5)
    assert draft.states() == {"queued": 15}


def test_importing_again_adds_and_changes_nothing(draft: World) -> None:
    add(draft, range(2 * CHUNK_ROWS))
    before = draft.calls()
    assert add(draft, range(2 * CHUNK_ROWS)) == (0, 2 * CHUNK_ROWS)
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
    import_rows(draft.outside, account, Rows((contact(1, **given),)))
    (call,) = draft.calls()
    assert (call.name, call.variables, call.external_id) == ("Zoë", {"day": "Friday"}, "x-1")
    assert call.due_at == later


def test_a_contact_is_not_due_before_it_is_imported(draft: World) -> None:
    yesterday = NOON - minutes(24 * 60)
    account = draft.get(Account, "acc_1")
    import_rows(draft.outside, account, Rows((contact(1, not_before=yesterday),)))
    assert draft.calls()[0].due_at == NOON


def test_the_same_number_in_two_campaigns_is_two_calls(draft: World) -> None:
    draft.campaign("cmp_2", status=Status.DRAFT, next_due_at=None)
    add(draft, range(3))
    account = draft.get(Account, "acc_1")
    assert import_rows(draft.outside, account, rows([0]), "cmp_2").total("created") == 1


def test_a_number_that_is_in_the_list_twice_is_one_call(draft: World) -> None:
    assert add(draft, [1, 2, 1]) == (2, 1)


def test_an_empty_list_adds_nothing(draft: World) -> None:
    assert add(draft, []) == (0, 0)


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


def test_contacts_for_a_running_campaign_with_an_even_pace_hasten_its_next_call(each_world: World) -> None:
    """Two were there at noon, so the second was to be called at half past two. With 299 that wait a minute is
    between two calls."""
    world = each_world
    world.account()
    world.campaign(calls=2, pace=Pace.EVEN, hours=NINE_TO_FIVE)
    world.dial()
    world.hear(State.COMPLETED)
    world.pass_over(minutes=5)
    add(world, range(100, 398))
    assert [call.dial_at for call in world.calls() if call.live] == [NOON + minutes(5)]
    next_at = NOON + minutes(5) + minutes(295) / 299
    (*_, wake) = world.tasks.passes("wake")
    assert abs(wake.at - (next_at - timedelta(seconds=AHEAD_SECONDS))) < timedelta(seconds=1)


def test_contacts_for_a_running_campaign_are_called_at_once(running: World) -> None:
    add(running, range(1, 4))
    assert running.in_flight() == 1
    running.check_clock()


def test_each_chunk_pulls_the_clock_so_an_import_that_dies_half_way_leaves_nothing_asleep(
    running: World,
) -> None:
    lose_the_second_chunk(running)
    with pytest.raises(Busy, match=f"At least {CHUNK_ROWS} of {2 * CHUNK_ROWS:,} rows"):
        add(running, range(1, 2 * CHUNK_ROWS + 1))
    assert running.wake_at == AWAKE
    assert running.get(Campaign, "cmp_1").next_due_at == AWAKE
    running.check_clock()


def lose_the_second_chunk(world: World) -> None:
    """It does not land."""

    def die() -> None:
        raise StoreUnavailable("gone")

    world.store.after(committing(Call), lambda: world.store.before(committing(Call), die))


def test_what_broke_off_goes_on_where_it_stopped(running: World) -> None:
    lose_the_second_chunk(running)
    with pytest.raises(Busy, match="Send the same file again"):
        add(running, range(1, 3 * CHUNK_ROWS + 1))
    assert the_import(running).status is ImportStatus.RUNNING
    with running.meter.measure() as cost:
        part = send_again(running, rows(range(1, 3 * CHUNK_ROWS + 1)))
    assert (part.rows_done, part.created, part.duplicates) == (3 * CHUNK_ROWS, 3 * CHUNK_ROWS, 0)
    assert cost.writes < 2 * CHUNK_ROWS + CHUNK_ROWS / 2  # what was stored is not written again
    assert the_import(running).status is ImportStatus.DONE


def test_a_part_that_is_done_is_not_done_again(draft: World) -> None:
    add(draft, range(20))
    before = draft.calls()
    with draft.meter.measure() as cost:
        part = send_again(draft, rows(range(20)))
    assert (part.created, part.duplicates, cost.writes) == (20, 0, 0)
    assert draft.calls() == before


def test_another_file_does_not_pass_for_a_known_part(draft: World) -> None:
    add(draft, range(20))
    other = Rows(rows(range(30)).all, content="another file")
    with pytest.raises(Invalid, match="another file"):
        send_again(draft, other)
    assert len(draft.calls()) == 20


def test_a_chunk_whose_answer_was_lost_is_counted_once(running: World) -> None:
    def lose() -> None:
        raise CommitUnknown("no answer")

    running.store.after(committing(Call), lose)
    assert add(running, range(1, 2 * CHUNK_ROWS + 1)) == (2 * CHUNK_ROWS, 0)
    assert running.store.hooks_left == 0
    assert len(running.calls()) == 1 + 2 * CHUNK_ROWS


def test_one_part_sent_twice_at_once_is_done_once(draft: World) -> None:
    account = draft.get(Account, "acc_1")
    file = rows(range(2 * CHUNK_ROWS))

    def send_it_too() -> None:
        elsewhere = find_filling(draft.elsewhere, account, the_import(draft).id)
        import_part(draft.elsewhere, elsewhere, 1, file)

    draft.store.before(committing(Call), send_it_too)
    imported = import_rows(draft.outside, account, file)
    assert draft.store.hooks_left == 0
    assert (imported.total("created"), imported.total("duplicates")) == (2 * CHUNK_ROWS, 0)
    assert imported.total("rows_done") == 2 * CHUNK_ROWS


def test_parts_sent_at_once_all_arrive(draft: World) -> None:
    account = draft.get(Account, "acc_1")

    def send_another() -> None:
        elsewhere = find_filling(draft.elsewhere, account, the_import(draft).id)
        import_part(draft.elsewhere, elsewhere, 2, rows(range(100, 110)))

    draft.store.before(committing(Call), send_another)
    imported = import_rows(draft.outside, account, rows(range(20)))
    assert [(part.number, part.created) for part in imported.parts] == [(1, 20), (2, 10)]
    assert imported.status is ImportStatus.DONE


def test_a_part_that_is_sent_between_two_chunks_of_another_is_not_forgotten(draft: World) -> None:
    """Neither makes a call, so that the import alone tells them apart."""
    account = draft.get(Account, "acc_1")

    def send_another() -> None:
        elsewhere = find_filling(draft.elsewhere, account, the_import(draft).id)
        import_part(draft.elsewhere, elsewhere, 2, Rows(tuple(rejection(n) for n in range(10))))

    draft.store.after(committing(ErrorReport), send_another)
    file = Rows(tuple(rejection(n) for n in range(2 * CHUNK_ROWS)))
    imported = import_rows(draft.outside, account, file)
    assert draft.store.hooks_left == 0
    assert [(part.number, part.rejected) for part in imported.parts] == [(1, 2 * CHUNK_ROWS), (2, 10)]


def test_rejected_rows_are_reported_all_of_them_and_the_import_shows_the_first(draft: World) -> None:
    file = Rows(tuple(rejection(n) if n % 2 else contact(n) for n in range(2 * CHUNK_ROWS)))
    imported = import_rows(draft.outside, draft.get(Account, "acc_1"), file)
    assert (imported.total("created"), imported.total("rejected")) == (CHUNK_ROWS, CHUNK_ROWS)
    lines = [error.line for error in errors_of(draft.outside, imported)]
    assert lines == [n + 2 for n in range(2 * CHUNK_ROWS) if n % 2]
    assert [error.line for error in imported.errors] == lines[:100]


def test_a_file_of_nothing_but_errors_leaves_the_campaign_alone(draft: World) -> None:
    before = draft.store.inner.get(Campaign, "cmp_1")
    file = Rows(tuple(rejection(n) for n in range(CHUNK_ROWS + 1)))
    with draft.meter.measure() as cost:
        import_rows(draft.outside, draft.get(Account, "acc_1"), file)
    assert draft.store.inner.get(Campaign, "cmp_1") == before
    assert cost.writes == 2 + 2 * 3  # begun; for each chunk the import and a report; and what the audit tells


def test_a_repeated_request_meets_the_import_that_it_made(draft: World) -> None:
    account = draft.get(Account, "acc_1")
    campaign = find_campaign(draft.outside, account, "cmp_1")
    first = begin_import(draft.outside, account, campaign, "0123456789ab")
    assert begin_import(draft.outside, account, campaign, "0123456789ab").record == first.record


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
    assert the_import(world).total("rows_done") == CHUNK_ROWS


def test_two_imports_of_one_file_at_once_add_each_number_once(running: World) -> None:
    account = running.get(Account, "acc_1")
    running.store.before(committing(Campaign), lambda: add_contacts(running.elsewhere, account, range(1, 20)))
    assert add(running, range(10, 30)) == (10, 10)
    assert len(running.calls()) == 1 + 29
