"""A number goes on the list and off it, whatever else is remembered of it at the same moment."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from service.contacts.do_not_call_file import ToBar
from service.domain.account import Account
from service.domain.callee import Callee, callee_id, is_barred, next_allowed, with_dial
from service.domain.caps import Caps
from service.domain.errors import Busy, Invalid, NotFound
from service.ports import CommitUnknown, Create, StoreUnavailable, Update
from service.usecases.do_not_call import (
    CHUNK_NUMBERS,
    Imported,
    add_number,
    add_numbers,
    find_number,
    list_numbers,
    opt_in,
    opt_out,
    remove_number,
)
from tests.support.fakes import committing, raising
from tests.support.world import NOON, World, minutes, number

NUMBER = number(0)
CAPS = Caps(per_day=3)


@pytest.fixture
def listing(each_world: World) -> World:
    """A world with an account, on both stores."""
    each_world.account()
    return each_world


def mine(world: World) -> Account:
    account: Account = world.get(Account, "acc_1")
    return account


def read(world: World, number: str = NUMBER) -> Callee | None:
    stored = world.store.inner.get(Callee, callee_id("acc_1", number))
    return stored.record if stored else None


def barred(world: World, number: str = NUMBER) -> bool:
    return is_barred(read(world, number), world.clock.now())


def remember_dial(world: World, number: str = NUMBER) -> None:
    """As place_call does it, at another instance."""
    stored = world.store.inner.get(Callee, callee_id("acc_1", number))
    record = with_dial(stored.record if stored else None, "acc_1", number, CAPS, world.clock.now())
    world.store.inner.commit([Update(record, stored.version) if stored else Create(record)])


def bar(world: World, number: str = NUMBER) -> None:
    add_number(world.outside, mine(world), ToBar(number))


def before_each_commit(world: World, action: Callable[[], object]) -> None:
    def act() -> None:
        world.store.before(committing(Callee), act)
        action()

    world.store.before(committing(Callee), act)


CHANGES: dict[str, Callable[[World], object]] = {
    "a user bars it": bar,
    "it is in a list that is imported": lambda world: add_numbers(
        world.outside, mine(world), [ToBar(number(n)) for n in range(3)]
    ),
    "its owner opts out": lambda world: opt_out(world.outside, mine(world), NUMBER),
}
each_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


def test_a_number_is_put_on_the_list_once(listing: World) -> None:
    wanted = ToBar(NUMBER, "asked us", NOON + minutes(60))
    first = add_number(listing.outside, mine(listing), wanted)
    assert first.is_new
    assert first.callee == read(listing)
    listing.pass_over(minutes=1)
    again = add_number(listing.outside, mine(listing), wanted)
    assert not again.is_new
    assert again.callee == first.callee == read(listing)


def test_a_number_whose_time_is_over_is_new_on_the_list(listing: World) -> None:
    add_number(listing.outside, mine(listing), ToBar(NUMBER, expires_at=NOON + minutes(5)))
    listing.pass_over(minutes=5)
    assert not barred(listing)
    assert add_number(listing.outside, mine(listing), ToBar(NUMBER)).is_new
    assert barred(listing)


def test_a_time_that_is_over_is_refused(listing: World) -> None:
    with pytest.raises(Invalid) as refused:
        add_number(listing.outside, mine(listing), ToBar(NUMBER, expires_at=NOON))
    assert [detail.field for detail in refused.value.details] == ["expires_at"]
    assert read(listing) is None


def test_a_number_is_taken_off_the_list_once(listing: World) -> None:
    bar(listing)
    remove_number(listing.outside, mine(listing), NUMBER)
    assert not barred(listing)
    with pytest.raises(NotFound):
        remove_number(listing.outside, mine(listing), NUMBER)
    with pytest.raises(NotFound):
        remove_number(listing.outside, mine(listing), number(1))


def test_a_removal_whose_answer_is_lost_is_no_failure(world: World) -> None:
    world.account()
    bar(world)
    world.store.after(committing(Callee), raising(CommitUnknown("lost")))
    remove_number(world.outside, mine(world), NUMBER)
    assert world.store.hooks_left == 0
    assert not barred(world)


@each_change
def test_putting_a_number_on_the_list_keeps_a_dial_that_is_remembered_meanwhile(
    listing: World, change: Callable[[World], object]
) -> None:
    for _ in range(2):  # where there is no record of the number, and where there is one
        listing.pass_over(minutes=1)
        listing.store.before(committing(Callee), lambda: remember_dial(listing))
        change(listing)
        assert listing.store.hooks_left == 0
        assert barred(listing)
        remove_number(listing.outside, mine(listing), NUMBER)
    callee = read(listing)
    assert callee is not None
    assert callee.dials == (NOON + minutes(1), NOON + minutes(2))
    assert next_allowed(callee, Caps(per_day=2), listing.clock.now()) == NOON + minutes(24 * 60 + 1)


def test_a_dial_that_is_remembered_keeps_the_number_on_the_list(listing: World) -> None:
    bar(listing)
    remember_dial(listing)
    assert barred(listing)


@each_change
def test_an_answer_that_is_lost_is_looked_for(world: World, change: Callable[[World], object]) -> None:
    world.account()
    world.store.after(committing(Callee), raising(CommitUnknown("lost, and it has landed")))
    world.store.before(committing(Callee), raising(CommitUnknown("lost, and it has not landed")))
    change(world)
    assert world.store.hooks_left == 0
    assert barred(world)


@each_change
def test_a_number_that_is_changed_over_and_over_is_given_up(
    world: World, change: Callable[[World], object]
) -> None:
    world.account()
    before_each_commit(world, lambda: remember_dial(world))
    with pytest.raises(Busy):
        change(world)
    assert not barred(world)


def test_an_import_says_how_many_are_new_and_how_many_were_there(listing: World) -> None:
    def add(first: int, last: int) -> Imported:
        return add_numbers(listing.outside, mine(listing), [ToBar(number(n)) for n in range(first, last)])

    assert add(0, 10) == Imported(created=10, present=0)
    assert add(5, 15) == Imported(created=5, present=5)
    assert add(0, 15) == Imported(created=0, present=15)
    assert add(0, 0) == Imported()
    assert all(barred(listing, number(n)) for n in range(15))


def test_an_import_that_is_repeated_writes_nothing(world: World) -> None:
    world.account()
    wanted = [ToBar(number(n)) for n in range(2 * CHUNK_NUMBERS + 1)]
    assert add_numbers(world.outside, mine(world), wanted).created == len(wanted)
    with world.meter.measure() as cost:
        assert add_numbers(world.outside, mine(world), wanted).present == len(wanted)
    assert cost.writes == 0


def test_an_import_makes_one_commit_for_each_chunk(world: World) -> None:
    world.account()
    commits: list[int] = []
    before_each_commit(world, lambda: commits.append(1))
    add_numbers(world.outside, mine(world), [ToBar(number(n)) for n in range(2 * CHUNK_NUMBERS)])
    assert len(commits) == 2


def test_an_import_that_breaks_off_says_how_far_it_came_and_can_be_repeated(world: World) -> None:
    world.account()
    wanted = [ToBar(number(n)) for n in range(2 * CHUNK_NUMBERS)]
    world.store.after(
        committing(Callee),
        lambda: world.store.before(committing(Callee), raising(StoreUnavailable("down"))),
    )
    with pytest.raises(Busy, match=f"at least {CHUNK_NUMBERS} numbers"):
        add_numbers(world.outside, mine(world), wanted)
    assert add_numbers(world.outside, mine(world), wanted) == Imported(CHUNK_NUMBERS, CHUNK_NUMBERS)


def test_a_number_that_is_in_a_file_twice_is_barred_for_as_long_as_either_says(listing: World) -> None:
    soon, late = NOON + minutes(5), NOON + minutes(50)
    wanted = [
        ToBar(number(0), None, late),
        ToBar(number(1), "first", soon),
        ToBar(number(0), "second", soon),
        ToBar(number(1), "second", None),
    ]
    assert add_numbers(listing.outside, mine(listing), wanted) == Imported(created=2, present=2)
    first, second = read(listing, number(0)), read(listing, number(1))
    assert first is not None
    assert second is not None
    assert (first.do_not_call_until, first.do_not_call_reason) == (late, "second")
    assert (second.do_not_call_until, second.do_not_call_reason) == (None, "first")


def test_an_opt_out_is_taken_back_by_who_made_it_and_a_user_s_bar_is_not(listing: World) -> None:
    account = mine(listing)
    opt_out(listing.outside, account, NUMBER)
    assert barred(listing)
    opt_in(listing.outside, account, NUMBER)
    assert not barred(listing)
    bar(listing)
    opt_out(listing.outside, account, NUMBER)
    opt_in(listing.outside, account, NUMBER)
    assert barred(listing)


@each_change
def test_a_call_that_is_claimed_already_is_not_dialled_any_more(
    world: World, change: Callable[[World], object]
) -> None:
    world.account()
    world.campaign(calls=1)
    world.run()
    assert world.in_flight() == 1
    change(world)
    world.carry()
    assert world.telephony.orders == []
    assert world.states() == {"canceled": 1}


def test_who_has_not_opted_out_may_opt_in(listing: World) -> None:
    opt_in(listing.outside, mine(listing), NUMBER)
    assert read(listing) is None


def test_a_number_is_found_while_it_is_on_the_list(listing: World) -> None:
    account = mine(listing)
    remember_dial(listing)
    assert find_number(listing.outside, account, NUMBER) is None
    bar(listing)
    assert find_number(listing.outside, account, NUMBER) == read(listing)
    remove_number(listing.outside, account, NUMBER)
    assert find_number(listing.outside, account, NUMBER) is None


def test_the_list_has_the_newest_first_in_pages(listing: World) -> None:
    account = mine(listing)
    remember_dial(listing, number(9))  # known, and not on the list
    for n in range(3):
        bar(listing, number(n))
        listing.pass_over(minutes=1)
    add_numbers(listing.outside, account, [ToBar(number(n)) for n in (3, 4)])
    seen, cursor = [], None
    for _ in range(3):
        page = list_numbers(listing.outside, account, 2, cursor)
        seen.append([callee.number for callee in page.items])
        cursor = page.cursor
    assert cursor is None
    assert [set(seen[0]), *seen[1:]] == [{number(3), number(4)}, [number(2), number(1)], [number(0)]]


def test_accounts_know_nothing_of_each_other_s_lists(listing: World) -> None:
    other = listing.account("acc_2")
    bar(listing)
    assert find_number(listing.outside, other, NUMBER) is None
    assert list_numbers(listing.outside, other, 10, None).items == []
    with pytest.raises(NotFound):
        remove_number(listing.outside, other, NUMBER)
    opt_in(listing.outside, replace(other), NUMBER)
    assert barred(listing)
