"""A key is taken before the work and ended after it; whatever happens in between, nothing is made twice."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from service.domain.account import Account
from service.domain.audit import AuditRecord
from service.domain.call import Call
from service.domain.campaign import Campaign, CampaignSettings
from service.domain.errors import Busy, IdempotencyInProgress, IdempotencyMismatch
from service.domain.idempotency import (
    ANSWER_BYTES_MAX,
    KEPT,
    TAKEN_OVER_AFTER_SECONDS,
    KeyedRequest,
    KeyState,
    hash_request,
    keyed_request_id,
)
from service.ports import CommitUnknown, Conflict, Outside, Query, Stored, StoreUnavailable
from service.usecases import account_queries
from service.usecases.campaigns import create_campaign
from service.usecases.direct_calls import DirectCall, create_call
from service.usecases.idempotency import END_TRIES_MAX, TAKE_TRIES_MAX, end_key, take_key
from tests.support.fakes import HookedStore, Killed, committing, raising
from tests.support.world import SCRIPT, World, number

MESSAGES_MAX = 100  # of one request: far more than there are
MADE = hash_request("POST", "/api/calls", b"{}")
taking = committing(KeyedRequest)


@pytest.fixture
def account(world: World) -> Account:
    return world.account()


@pytest.fixture
def each_account(each_world: World) -> Account:
    return each_world.account()


def take(outside: Outside, account: Account, request: str = MADE, key: str = "k") -> Stored[KeyedRequest]:
    return take_key(outside, account, key, request)


def known(world: World, key: str = "k") -> KeyedRequest:
    record: KeyedRequest = world.get(KeyedRequest, keyed_request_id("acc_1", key))
    return record


def post_call(outside: Outside, account: Account) -> str:
    """As the API does it: what it answers is the call's id."""
    taken = take(outside, account)
    if taken.record.state is KeyState.FINISHED:
        return str(taken.record.body)
    call = create_call(outside, account, DirectCall(number(1), SCRIPT), taken.record.token).call
    end_key(outside, taken, 201, call.id)
    return call.id


def post_campaign(outside: Outside, account: Account) -> str:
    taken = take(outside, account)
    if taken.record.state is KeyState.FINISHED:
        return str(taken.record.body)
    campaign = create_campaign(outside, account, CampaignSettings("Spring"), taken.record.token)
    end_key(outside, taken, 201, campaign.id)
    return campaign.id


def made(world: World) -> list[str]:
    calls = world.store.inner.find(Query(Call, ()))
    campaigns = world.store.inner.find(Query(Campaign, ()))
    ids = [stored.record.id for stored in (*calls, *campaigns)]
    return [id for id in ids if not id.startswith("direct_")]


def recorded(world: World, account_id: str) -> list[AuditRecord]:
    found = world.store.inner.find(account_queries.audit_of_account(account_id, 10, None))
    return [stored.record for stored in found]


# --- one after the other --------------------------------------------------------------------------------


def test_a_key_is_taken_with_one_write_and_no_read(each_world: World, each_account: Account) -> None:
    with each_world.meter.measure() as cost:
        take(each_world.outside, each_account)
    assert (cost.reads, cost.writes) == (0, 1)


def test_the_answer_is_given_again_until_it_expires(each_world: World, each_account: Account) -> None:
    outside = each_world.outside
    first = take(outside, each_account)
    end_key(outside, first, 201, "the answer")
    each_world.clock.advance(seconds=KEPT.total_seconds() - 1)
    again = take(outside, each_account).record
    assert (again.state, again.status, again.body) == (KeyState.FINISHED, 201, "the answer")
    each_world.clock.advance(seconds=1)
    anew = take(outside, each_account).record
    assert anew.state is KeyState.STARTED
    assert anew.token != first.record.token  # else it would meet what was made yesterday


def test_an_expired_key_may_be_used_for_something_else(world: World, account: Account) -> None:
    end_key(world.outside, take(world.outside, account), 201, "")
    world.clock.advance(seconds=KEPT.total_seconds())
    take(world.outside, account, hash_request("POST", "/api/campaigns", b""))


@pytest.mark.parametrize(
    "other",
    [
        hash_request("POST", "/api/calls", b"{ }"),
        hash_request("POST", "/api/campaigns", b"{}"),
        hash_request("PUT", "/api/calls", b"{}"),
        hash_request("POST", "/api/calls\n", b"{}"),
    ],
)
@pytest.mark.parametrize("status", [None, 201, 503])
def test_another_request_with_the_key_is_refused(
    world: World, account: Account, other: str, status: int | None
) -> None:
    """Also while the first is under way, and after it was given back: some of it may have landed."""
    taken = take(world.outside, account)
    if status:
        end_key(world.outside, taken, status, "")
    before = known(world)
    with pytest.raises(IdempotencyMismatch):
        take(world.outside, account, other)
    assert known(world) == before


def test_accounts_have_their_own_keys_and_one_account_has_many(world: World, account: Account) -> None:
    tokens = {
        take(world.outside, each, key=key).record.token
        for each in (account, world.account("acc_2"))
        for key in ("a", "b", "A", "a ")
    }
    assert len(tokens) == 8


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_an_answer_that_says_try_again_gives_the_key_back(
    world: World, account: Account, status: int
) -> None:
    first = take(world.outside, account)
    end_key(world.outside, first, status, "try again")
    assert known(world).body is None
    again = take(world.outside, account).record
    assert (again.state, again.token) == (KeyState.STARTED, first.record.token)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 400, 404, 409, 413, 415, 422])
def test_every_other_answer_is_kept(world: World, account: Account, status: int) -> None:
    end_key(world.outside, take(world.outside, account), status, "said")
    again = take(world.outside, account).record
    assert (again.state, again.status, again.body) == (KeyState.FINISHED, status, "said")


@pytest.mark.parametrize(
    ("body", "is_kept"),
    [
        ("x" * ANSWER_BYTES_MAX, True),
        ("x" * (ANSWER_BYTES_MAX + 1), False),
        ("é" * (ANSWER_BYTES_MAX // 2 + 1), False),
        (None, False),
    ],
    ids=["largest", "too large", "too many bytes", "secret"],
)
def test_an_answer_beyond_the_limit_is_kept_by_its_status(
    world: World, account: Account, body: str | None, is_kept: bool
) -> None:
    end_key(world.outside, take(world.outside, account), 201, body)
    again = take(world.outside, account).record
    assert (again.status, again.body) == (201, body if is_kept else None)


# --- at one time, and after a death ---------------------------------------------------------------------


def test_a_request_that_is_under_way_is_left_alone_until_it_must_be_dead(
    each_world: World, each_account: Account
) -> None:
    first = take(each_world.outside, each_account)
    each_world.clock.advance(seconds=TAKEN_OVER_AFTER_SECONDS - 1)
    with pytest.raises(IdempotencyInProgress):
        take(each_world.outside, each_account)
    each_world.clock.advance(seconds=1)
    second = take(each_world.outside, each_account)
    assert second.record.token == first.record.token
    assert second.record.owner != first.record.owner
    with pytest.raises(IdempotencyInProgress):  # it has as long as the first had
        take(each_world.outside, each_account)


def test_of_two_that_take_over_at_once_one_does(world: World, account: Account) -> None:
    """The other one does between the look at the record and the commit."""
    take(world.elsewhere, account)
    world.clock.advance(seconds=TAKEN_OVER_AFTER_SECONDS)
    others: list[Stored[KeyedRequest]] = []
    world.store.after(lambda name, _: name == "get", lambda: others.append(take(world.elsewhere, account)))
    with pytest.raises(IdempotencyInProgress):
        take(world.outside, account)
    assert known(world) == others[0].record


def test_one_that_was_only_slow_neither_ends_the_key_nor_makes_another(
    world: World, account: Account
) -> None:
    """It stands still before its commit; meanwhile the key is taken over, and the work is done."""
    others: list[str] = []

    def meanwhile() -> None:
        world.clock.advance(seconds=TAKEN_OVER_AFTER_SECONDS)
        others.append(post_call(world.elsewhere, account))

    world.store.before(committing(Call), meanwhile)
    assert [post_call(world.outside, account)] == others == made(world)
    assert known(world).body == others[0]


@pytest.mark.parametrize("status", [201, 503])
def test_a_late_end_does_not_touch_a_key_that_was_taken_over(
    world: World, account: Account, status: int
) -> None:
    late = take(world.outside, account)
    world.clock.advance(seconds=TAKEN_OVER_AFTER_SECONDS)
    now = take(world.outside, account)
    end_key(world.outside, late, status, "late")
    assert known(world) == now.record


@pytest.mark.parametrize("trouble", [CommitUnknown("lost"), Conflict("its own")], ids=repr)
def test_a_take_whose_answer_was_lost_is_found(world: World, account: Account, trouble: Exception) -> None:
    world.store.after(taking, raising(trouble))
    taken = take(world.outside, account)
    assert world.store.hooks_left == 0
    assert taken.record == known(world)
    end_key(world.outside, taken, 200, "")
    assert known(world).state is KeyState.FINISHED


def test_a_take_that_did_not_land_is_made_again(world: World, account: Account) -> None:
    world.store.before(taking, raising(CommitUnknown("lost")))
    assert take(world.outside, account).record == known(world)
    assert world.store.hooks_left == 0


def test_a_key_that_cannot_be_taken_is_a_reason_to_try_again(world: World, account: Account) -> None:
    for _ in range(TAKE_TRIES_MAX):
        world.store.before(taking, raising(CommitUnknown("lost")))
    with pytest.raises(Busy):
        take(world.outside, account)
    assert world.store.hooks_left == 0


@pytest.mark.parametrize("trouble", [CommitUnknown("lost"), StoreUnavailable("down")], ids=repr)
def test_an_end_that_cannot_be_stored_does_not_change_the_answer(
    world: World, account: Account, trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    taken = take(world.outside, account)
    for _ in range(END_TRIES_MAX):
        world.store.before(taking, raising(trouble))
    end_key(world.outside, taken, 201, "done")
    assert known(world).state is KeyState.STARTED
    assert "may not be kept" in caplog.text


@pytest.mark.parametrize("side", ["before", "after"])
def test_an_end_whose_answer_was_lost_is_stored_again(world: World, account: Account, side: str) -> None:
    taken = take(world.outside, account)
    getattr(world.store, side)(taking, raising(CommitUnknown("lost")))
    end_key(world.outside, taken, 201, "done")
    assert (known(world).state, known(world).body) == (KeyState.FINISHED, "done")


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("post", [post_call, post_campaign])
def test_wherever_a_process_dies_one_thing_is_made_for_one_key(
    world: World, post: Callable[[Outside, Account], str], side: str
) -> None:
    """For each message of the request an account of its own: a process dies there, another goes on."""
    for message in range(MESSAGES_MAX):
        account = world.account(f"acc_{message}")
        store, counted = HookedStore(world.store.inner), itertools.count()
        getattr(store, side)(lambda *_, at=message, nth=counted: next(nth) == at, raising(Killed()))
        before = made(world)
        try:
            post(replace(world.outside, store=store), account)
            break
        except Killed:
            world.clock.advance(seconds=TAKEN_OVER_AFTER_SECONDS)
        first = post(world.elsewhere, account)
        assert post(world.elsewhere, account) == first, message
        assert [id for id in made(world) if id not in before] == [first], message
        assert [record.thing for record in recorded(world, account.id)] == [first], message
    assert 3 <= message < MESSAGES_MAX - 1


def test_without_a_token_a_campaign_that_meets_another_is_not_taken_for_it(
    world: World, account: Account
) -> None:
    create_campaign(world.outside, account, CampaignSettings("Spring"), "t")
    same = replace(world.outside, new_token=lambda: "t")
    with pytest.raises(Conflict):
        create_campaign(same, account, CampaignSettings("Summer"))
