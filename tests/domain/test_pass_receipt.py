"""What passes leave behind of themselves: the last of them, and never much."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.domain.documents import encode
from service.domain.lane import Lane
from service.domain.pass_receipt import (
    ACCOUNTS_KEPT_MAX,
    PASSES_KEPT_MAX,
    PassReceipt,
    keep,
    receipt_in,
    written,
)
from tests.domain.records import NOON

DOCUMENT_BYTES_MAX = 16 * 1024
REASON_CHARACTERS_MAX = 40  # as the tick takes it
A_LARGE_COST = 999_999


def receipt(*accounts: str, second: int = 0, claimed: int = 1, **changes: Any) -> PassReceipt:
    at = NOON + timedelta(seconds=second, microseconds=123_456)
    made = PassReceipt(at, "tick", dict.fromkeys(accounts, claimed), at, False, 1, 1, 1)
    return replace(made, **changes)


def account(number: int) -> str:
    return f"acc_{number:024x}"


def test_the_last_passes_are_kept_the_newest_first() -> None:
    kept: tuple[str, ...] = ()
    for second in range(PASSES_KEPT_MAX + 5):
        kept = keep(kept, receipt("acc_1", second=second))
    assert [receipt_in(text).at for text in kept] == [
        receipt(second=second).at for second in reversed(range(5, PASSES_KEPT_MAX + 5))
    ]


def test_what_is_written_is_read_again() -> None:
    for made in (receipt("acc_1"), receipt("acc_1", "acc_2", next_wake=None, shared=True)):
        assert receipt_in(written(made)) == made


def test_no_two_are_of_one_moment() -> None:
    """So a moment says where a page ends."""
    texts = keep(keep(keep((), receipt("acc_1")), receipt("acc_2")), receipt("acc_3", second=-9))
    kept = [receipt_in(text) for text in texts]
    assert [each.claimed for each in kept] == [{"acc_3": 1}, {"acc_2": 1}, {"acc_1": 1}]
    assert [each.at - kept[2].at for each in kept] == [timedelta(microseconds=n) for n in (2, 1, 0)]


def test_passes_for_many_accounts_push_the_older_ones_out() -> None:
    many = [account(number) for number in range(ACCOUNTS_KEPT_MAX)]
    kept: tuple[str, ...] = ()
    for second in range(5):
        kept = keep(kept, receipt(*many, second=second))
    assert [receipt_in(text).at.second for text in kept] == [4, 3, 2, 1]


def test_of_a_pass_for_more_accounts_than_are_kept_those_that_got_most_are() -> None:
    little = {account(number): 1 for number in range(ACCOUNTS_KEPT_MAX)}
    (text,) = keep((), replace(receipt(), claimed=little | {"z": 2}))
    kept = receipt_in(text)
    assert len(kept.claimed) == ACCOUNTS_KEPT_MAX
    assert kept.claimed["z"] == 2


@given(st.lists(st.integers(1, 250), min_size=1, max_size=80), st.integers(1, REASON_CHARACTERS_MAX))
def test_whatever_passes_do_their_receipts_stay_small(accounts: list[int], letters: int) -> None:
    kept: tuple[str, ...] = ()
    for second, count in enumerate(accounts):
        costs = dict.fromkeys(("reads", "writes", "tasks"), A_LARGE_COST)
        ids = [account(1_000 * second + number) for number in range(count)]
        kept = keep(kept, receipt(*ids, second=second, claimed=200, reason="r" * letters, **costs))
        assert receipt_in(kept[0]).at.second == second % 60
    assert size_of(encode(Lane("main", 1 / 3, NOON, kept))) < DOCUMENT_BYTES_MAX


def size_of(value: Any) -> int:
    """As text in JSON, which is more than Firestore counts for it."""
    if isinstance(value, dict):
        return 1 + sum(size_of(key) + 1 + size_of(inner) + 1 for key, inner in value.items())
    if isinstance(value, list):
        return 1 + sum(size_of(inner) + 1 for inner in value)
    if isinstance(value, (bool, int, float)) or value is None:
        return len(str(value))
    return len(value.isoformat() if hasattr(value, "isoformat") else value) + 2
