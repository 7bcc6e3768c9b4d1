"""Who gets the free slots: direct calls first, then each account by its weight, whatever it has waiting."""

from collections import Counter
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from service.domain.account import Account
from service.domain.campaign import Campaign, Priority, direct_queue
from service.domain.planning import Room, Turns, move_back, move_turns, share_slots
from tests.domain.records import NOON, running

PLENTY = 1_000


def account(id: str, **changes: float) -> Account:
    return replace(Account(id, id, NOON), **changes)  # type: ignore[arg-type]


def campaigns_of(id: str, count: int = 1) -> list[Campaign]:
    return [replace(running(), id=f"{id}_{n:03}", account_id=id) for n in range(count)]


@dataclass
class Lane:
    """Slots are given out, and all of them are used: pass after pass."""

    accounts: dict[str, Account]
    campaigns: list[Campaign]
    present: float = 0.0
    room: dict[str, int] = field(default_factory=dict)  # of an account or a campaign that has a limit
    served: Counter[str] = field(default_factory=Counter)  # by account
    order: list[str] = field(default_factory=list)  # the accounts, one for each slot, pass by pass

    @classmethod
    def of(cls, *accounts: Account, **campaigns: int) -> "Lane":
        each = [c for a in accounts for c in campaigns_of(a.id, campaigns.get(a.id, 1))]
        return cls({a.id: a for a in accounts}, each)

    def share(self, slots: int) -> dict[str, int]:
        room = Room(
            slots,
            {id: self.room.get(id, PLENTY) for id in self.accounts},
            {c.id: self.room[c.id] for c in self.campaigns if c.id in self.room},
        )
        return share_slots(self.campaigns, self.accounts, room, self.present)

    def run(self, slots: int, passes: int = 1) -> None:
        for _ in range(passes):
            shares = self.share(slots)
            turns = move_turns(self.campaigns, self.accounts, shares, self.present)
            self.present = turns.present
            for id, turn in turns.accounts.items():
                self.accounts[id] = replace(self.accounts[id], turn=turn, tail=turns.tails[id])
            self.campaigns = [replace(c, turn=turns.campaigns.get(c.id, c.turn)) for c in self.campaigns]
            for campaign in self.campaigns:
                self.served[campaign.account_id] += shares.get(campaign.id, 0)
                self.order += [campaign.account_id] * shares.get(campaign.id, 0)


def test_no_slot_no_share() -> None:
    assert Lane.of(account("a")).share(0) == {}
    assert Lane.of(account("a")).share(-3) == {}  # the limit was lowered


def test_one_account_alone_gets_everything() -> None:
    assert Lane.of(account("a")).share(7) == {"a_000": 7}


@given(st.integers(1, 60), st.integers(1, 12))
def test_two_accounts_get_equal_shares_whatever_the_number_of_their_campaigns(many: int, slots: int) -> None:
    lane = Lane.of(account("a"), account("b"), a=many)
    for _ in range(40):
        lane.run(slots)
        assert abs(lane.served["a"] - lane.served["b"]) <= 1


def test_new_campaigns_of_an_account_give_it_no_advantage() -> None:
    lane = Lane.of(account("a"), account("b"))
    for n in range(50):
        lane.campaigns.append(replace(running(), id=f"a_new_{n}", account_id="a"))
        lane.run(2)
    assert lane.served == {"a": 50, "b": 50}


@given(st.lists(st.sampled_from([0.25, 0.5, 1.0, 2.0, 4.0]), min_size=2, max_size=5), st.integers(1, 7))
def test_accounts_share_by_their_weights(weights: list[float], slots: int) -> None:
    lane = Lane.of(*(account(f"acc{n}", weight=weight) for n, weight in enumerate(weights)))
    lane.run(slots, passes=200)
    in_all = sum(lane.served.values())
    for n, weight in enumerate(weights):
        fair = in_all * weight / sum(weights)
        # Off by one slot of its own, or by what one slot of the lightest is worth.
        assert abs(lane.served[f"acc{n}"] - fair) <= 1 + weight / min(weights)


def test_an_account_s_campaigns_take_turns() -> None:
    lane = Lane.of(account("a"), a=3)
    assert lane.share(6) == {"a_000": 2, "a_001": 2, "a_002": 2}
    served = []
    for _ in range(6):
        served += list(lane.share(1))
        lane.run(1)
    assert served == ["a_000", "a_001", "a_002"] * 2


def test_who_comes_back_starts_at_the_present_turn() -> None:
    lane = Lane.of(account("a"))
    lane.run(1, passes=500)
    lane.accounts["b"] = account("b")  # it had nothing to do all the time
    lane.campaigns += campaigns_of("b")
    assert lane.share(10) == {"a_000": 5, "b_000": 5}
    lane.served.clear()
    lane.run(1, passes=20)
    assert lane.served == {"a": 10, "b": 10}


def test_who_was_held_up_by_its_own_limit_saves_up_no_credit() -> None:
    lane = Lane.of(account("a"), account("b"))
    lane.room["b"] = 0
    lane.run(1, passes=500)
    lane.room["b"] = PLENTY
    lane.served.clear()
    lane.run(1, passes=20)
    assert lane.served == {"a": 10, "b": 10}


def test_direct_calls_go_before_all_campaigns_whatever_the_turns() -> None:
    lane = Lane.of(account("a"), account("b", turn=1_000.0), a=20)
    lane.campaigns.append(replace(direct_queue("b", "main", NOON), turn=9_999.0))
    assert lane.share(5) == {"direct_b": 5}


def test_the_direct_calls_of_several_accounts_share_fairly() -> None:
    lane = Lane.of(account("a"), account("b"))
    lane.campaigns += [direct_queue("a", "main", NOON), direct_queue("b", "main", NOON)]
    assert lane.share(4) == {"direct_a": 2, "direct_b": 2}


def test_who_takes_slots_by_direct_calls_gets_fewer_for_campaigns() -> None:
    lane = Lane.of(account("a"), account("b"))
    lane.campaigns.append(direct_queue("a", "main", NOON))
    lane.room["direct_a"] = 1
    assert lane.share(4) == {"direct_a": 1, "a_000": 1, "b_000": 2}


@given(
    st.integers(0, 30),
    st.dictionaries(st.sampled_from(["a", "b"]), st.integers(-2, 12)),
    st.dictionaries(st.sampled_from(["a_000", "a_001", "b_000"]), st.integers(-2, 6)),
)
def test_no_limit_is_exceeded_and_no_slot_is_left_that_somebody_could_use(
    slots: int, of_accounts: dict[str, int], of_campaigns: dict[str, int]
) -> None:
    lane = Lane.of(account("a"), account("b"), a=2, b=2)
    lane.room = of_accounts | of_campaigns
    shares = lane.share(slots)
    by_account = {id: sum(shares.get(c.id, 0) for c in lane.campaigns if c.account_id == id) for id in "ab"}
    assert sum(shares.values()) <= slots
    assert all(by_account[id] <= max(0, of_accounts.get(id, PLENTY)) for id in "ab")
    assert all(shares.get(id, 0) <= max(0, limit) for id, limit in of_campaigns.items())
    if sum(shares.values()) < slots:
        for campaign in lane.campaigns:
            account_full = by_account[campaign.account_id] >= of_accounts.get(campaign.account_id, PLENTY)
            full = shares.get(campaign.id, 0) >= of_campaigns.get(campaign.id, PLENTY)
            assert account_full or full


def test_an_account_is_charged_for_what_it_really_used() -> None:
    a, b = account("a"), account("b")
    both = campaigns_of("a") + campaigns_of("b")
    turns = move_turns(both, {"a": a, "b": b}, {"a_000": 1, "b_000": 5}, 10.0)
    assert turns.accounts == {"a": 11.0, "b": 15.0}
    assert turns.present == 14.0


def test_a_share_that_found_no_call_moves_no_turn() -> None:
    assert move_turns(campaigns_of("a"), {"a": account("a")}, {"a_000": 0}, 10.0) == Turns(10.0)


def test_campaigns_that_move_back_stand_a_turn_apart() -> None:
    """So that an account with a thousand of them does not stand at the head a thousand times."""
    turns = Turns(present=10.0)
    for campaign in campaigns_of("a", 4):
        move_back(turns, campaign, account("a", weight=2.0))
    assert list(turns.campaigns.values()) == [10.0, 10.5, 11.0, 11.5]
    assert turns.tails == {"a": 11.5}


def test_priorities_are_in_the_order_in_which_they_are_served() -> None:
    assert sorted(Priority) == [Priority.DIRECT, Priority.CAMPAIGN]
