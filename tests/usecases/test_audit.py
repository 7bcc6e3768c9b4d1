"""A change and its record land together, or neither does."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from service.contacts.do_not_call_file import ToBar
from service.domain.account import Account, ApiKey
from service.domain.audit import Act, AuditRecord, By
from service.domain.call import Call
from service.domain.callee import Callee
from service.domain.campaign import Campaign, CampaignSettings
from service.domain.documents import encode
from service.domain.errors import Busy
from service.ports import CommitUnknown, Conflict, Outside, StoreUnavailable
from service.usecases import account_queries
from service.usecases.account_rules import change_rules
from service.usecases.accounts import NewAccount, create_account
from service.usecases.api_keys import add_key, key_id, make_key, revoke_key
from service.usecases.callback import call_back
from service.usecases.campaigns import create_campaign, edit_campaign, take_step
from service.usecases.direct_calls import DirectCall, cancel_call, create_call
from service.usecases.do_not_call import CHUNK_NUMBERS, add_number, add_numbers, opt_out, remove_number
from tests.support.fakes import committing, raising
from tests.support.world import NINE_TO_FIVE, NOON, SCRIPT, World, minutes, number

BARRED = number(7)


@pytest.fixture
def filled(world: World) -> World:
    """An account with a campaign whose calls wait, and a number on its list."""
    world.account()
    world.campaign(calls=2, hours=replace(NINE_TO_FIVE, windows=NINE_TO_FIVE.windows[5:]))
    add_number(world.elsewhere, world.get(Account, "acc_1"), ToBar(BARRED))
    return world


def mine(world: World) -> Account:
    account: Account = world.get(Account, "acc_1")
    return account


def records(world: World, account_id: str = "acc_1") -> list[AuditRecord]:
    """The latest last; of one moment, in any order."""
    found = world.store.inner.find(account_queries.audit_of_account(account_id, 1000, None))
    return [stored.record for stored in reversed(found)]


def told(world: World, account_id: str = "acc_1") -> list[tuple[str, str]]:
    return [(record.operation, record.by.label) for record in records(world, account_id)]


def acting(world: World, operation: str) -> Outside:
    return replace(world.outside, act=Act(operation, By("Ada's key", "key_1", None, "acc_1")))


CHANGES: dict[str, tuple[type[Any], Callable[[Outside, Account], object]]] = {
    "make a campaign": (Campaign, lambda o, a: create_campaign(o, a, CampaignSettings("New"))),
    "edit a campaign": (
        Campaign,
        lambda o, a: edit_campaign(o, a, "cmp_1", lambda old: replace(old.settings, name="Other")),
    ),
    "pause a campaign": (Campaign, lambda o, a: take_step(o, a, "cmp_1", "pause")),
    "call": (Call, lambda o, a: create_call(o, a, DirectCall(number(1), SCRIPT))),
    "cancel a call": (Call, lambda o, a: cancel_call(o, a, "cmp_1-0000")),
    "call back": (Call, lambda o, a: call_back(o, a, "cmp_1-0000", NOON + minutes(60))),
    "bar a number": (Callee, lambda o, a: add_number(o, a, ToBar(number(1)))),
    "unbar a number": (Callee, lambda o, a: remove_number(o, a, BARRED)),
    "bar many": (Callee, lambda o, a: add_numbers(o, a, [ToBar(number(1))])),
    "change the rules": (Account, lambda o, a: change_rules(o, a, lambda now: replace(now, weight=2.0))),
    "make a key": (ApiKey, lambda o, a: add_key(o, a, "new")),
}
each_change = pytest.mark.parametrize("name", CHANGES)


@each_change
def test_a_change_has_one_record_in_its_own_commit(filled: World, name: str) -> None:
    kind, make = CHANGES[name]
    before = len(records(filled))
    filled.store.before(
        lambda operation, given: committing(kind)(operation, given) and with_record(operation, given),
        lambda: None,
    )
    make(acting(filled, "did"), mine(filled))
    assert filled.store.hooks_left == 0
    assert len(records(filled)) == before + 1
    assert ("did", "Ada's key") in told(filled)


def test_a_record_costs_one_write_and_no_read(each_world: World) -> None:
    account = each_world.account()
    with each_world.meter.measure() as cost:
        create_campaign(each_world.outside, account, CampaignSettings("New"))
    assert (cost.reads, cost.writes) == (0, 2)


@each_change
def test_a_change_that_does_not_land_leaves_no_record(filled: World, name: str) -> None:
    _, make = CHANGES[name]
    before = records(filled)
    for _ in range(20):
        filled.store.before(with_record, raising(CommitUnknown("lost")))
    with pytest.raises(Exception, match=r"lost|kept changing|did not answer"):
        make(filled.outside, mine(filled))
    assert records(filled) == before


def with_record(operation: str, given: Any) -> bool:
    return operation == "commit" and any(_is_record(write) for write in given)


def _is_record(write: Any) -> bool:
    return getattr(write, "kind", None) is AuditRecord or isinstance(
        getattr(write, "record", None), AuditRecord
    )


@pytest.mark.parametrize(
    "name", [name for name in CHANGES if name not in ("call", "make a campaign", "make a key")]
)
def test_a_change_that_is_repeated_after_its_answer_was_lost_is_recorded_once(
    filled: World, name: str
) -> None:
    _, make = CHANGES[name]
    before = len(records(filled))
    filled.store.after(with_record, raising(CommitUnknown("lost")))
    for _ in range(2):
        try:
            make(filled.outside, mine(filled))
        except Exception:
            continue
    assert filled.store.hooks_left == 0
    assert len(records(filled)) == before + 1


@pytest.mark.parametrize("name", ["edit a campaign", "pause a campaign", "cancel a call", "bar a number"])
def test_a_change_that_meets_another_is_recorded_as_it_landed(filled: World, name: str) -> None:
    """The first try's record is not kept."""
    _, make = CHANGES[name]
    before = len(records(filled))
    filled.store.before(with_record, raising(Conflict("somebody else")))
    make(filled.outside, mine(filled))
    assert filled.store.hooks_left == 0
    assert len(records(filled)) == before + 1


def test_steps_that_change_nothing_record_nothing(filled: World) -> None:
    account = mine(filled)
    take_step(filled.outside, account, "cmp_1", "pause")
    cancel_call(filled.outside, account, "cmp_1-0000")
    new = add_key(filled.outside, account, "new")
    revoke_key(filled.outside, key_id(new.record))
    before = records(filled)
    take_step(filled.outside, account, "cmp_1", "pause")
    cancel_call(filled.outside, account, "cmp_1-0000")
    revoke_key(filled.outside, key_id(new.record))
    add_number(filled.outside, account, ToBar(BARRED))
    add_numbers(filled.outside, account, [ToBar(BARRED)])
    change_rules(filled.outside, account, lambda now: now)
    edit_campaign(filled.outside, account, "cmp_1", lambda old: old.settings)
    assert records(filled) == before


def test_what_a_contact_says_is_no_change_through_the_api(filled: World) -> None:
    before = records(filled)
    opt_out(filled.outside, mine(filled), number(3))
    assert records(filled) == before


def test_an_import_of_many_commits_has_one_record_with_the_sum(each_world: World) -> None:
    account = each_world.account()
    wanted = [ToBar(number(n)) for n in range(2 * CHUNK_NUMBERS + 1)]
    outside = acting(each_world, "import_do_not_call")
    add_numbers(outside, account, wanted[:CHUNK_NUMBERS])
    with each_world.meter.measure() as cost:
        add_numbers(outside, account, wanted)
    assert cost.writes == CHUNK_NUMBERS + 1 + 2  # the commit that met what was there is not made
    first, second = records(each_world)
    assert (json.loads(first.after), json.loads(second.after)) == (
        {"created": CHUNK_NUMBERS},
        {"created": CHUNK_NUMBERS + 1},
    )
    assert (second.thing, second.kind, second.before) == ("acc_1", "do_not_call", "{}")


def test_an_import_that_ends_half_way_has_recorded_what_it_did(world: World) -> None:
    account = world.account()
    later = number(CHUNK_NUMBERS)
    world.store.before(
        lambda operation, given: operation == "commit" and given[0].record.number == later,
        raising(StoreUnavailable("down")),
    )
    with pytest.raises(Busy):
        add_numbers(world.outside, account, [ToBar(number(n)) for n in range(2 * CHUNK_NUMBERS)])
    (record,) = records(world)
    assert json.loads(record.after) == {"created": CHUNK_NUMBERS}


def test_an_operators_change_is_told_to_both_accounts(each_world: World) -> None:
    each_world.account()
    outside = replace(acting(each_world, "create_account"), act=Act("create_account", OF_ACC_1, _shown, "r1"))
    made, _ = create_account(outside, NewAccount("Acme", "US", ("US",)))
    (own,), (told,) = records(each_world), records(each_world, made.id)
    assert (own.by, told.by) == (OF_ACC_1, By("operator"))
    assert {own.thing, told.thing} == {made.id}
    assert own.request_id == told.request_id == "r1"
    assert json.loads(own.after) == json.loads(told.after) == {"name": "Acme"}


OF_ACC_1 = By("root", "key_1", None, "acc_1")


def _shown(account: Account) -> dict[str, Any]:
    return {"name": account.name}


def test_a_key_that_a_key_makes_is_recorded_without_its_secret(world: World) -> None:
    account = world.account()
    first = add_key(world.outside, account, "first")
    stored = world.store.get(type(first.record), first.record.id)
    assert stored is not None
    second = make_key(acting(world, "create_key"), stored, "second", stored.record.scope)
    record = records(world)[-1]
    assert record.thing == key_id(second.record)
    assert second.secret not in json.dumps(encode(record), default=str)
