"""Many writers at once: a precondition lets exactly one through, and a mutex of them keeps limits."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

from service.domain.call import Call, State
from service.domain.lane import Lane
from service.ports import Conflict, Create, Store, Update
from service.usecases import queries
from tests.state.records import call, minutes

THREADS = 8
ROUNDS = 10
CALLS = 48
IN_FLIGHT_MAX = 5
TURNS_MAX = 10_000  # of one thread: far more than any run needs


def at_once(work: Callable[[int], None]) -> None:
    """Runs `work` in eight threads and raises what any of them raised."""
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work, number) for number in range(THREADS)]:
            done.result()


def test_of_eight_who_update_one_version_exactly_one_wins(store: Store) -> None:
    store.commit([Create(call("a"))])
    ready = threading.Barrier(THREADS, timeout=60)
    won: list[tuple[int, int]] = []

    def contend(number: int) -> None:
        for turn in range(ROUNDS):
            read = store.get(Call, "a")
            assert read is not None
            ready.wait()
            try:
                store.commit([Update(replace(read.record, name=f"{number} in {turn}"), read.version)])
                won.append((turn, number))
            except Conflict:
                pass
            ready.wait()

    at_once(contend)
    assert sorted(turn for turn, _ in won) == list(range(ROUNDS))
    turn, number = max(won)
    assert store.get(Call, "a").record.name == f"{number} in {turn}"  # type: ignore[union-attr]


def test_of_eight_who_create_one_record_exactly_one_wins(store: Store) -> None:
    ready = threading.Barrier(THREADS, timeout=60)
    won: list[tuple[int, int]] = []

    def contend(number: int) -> None:
        for turn in range(ROUNDS):
            ready.wait()
            try:
                store.commit([Create(call(f"call_{turn}", name=str(number)))])
                won.append((turn, number))
            except Conflict:
                pass

    at_once(contend)
    assert sorted(turn for turn, _ in won) == list(range(ROUNDS))
    for turn, number in won:
        assert store.get(Call, f"call_{turn}").record.name == str(number)  # type: ignore[union-attr]


def test_eight_passes_at_once_never_exceed_the_limit_and_claim_each_call_once(store: Store) -> None:
    """As a pass does: read the mutex, count what is live, claim what fits and write the mutex, unchanged as
    it is, in the same commit. Calls end without touching the mutex."""
    store.commit([Create(Lane("main")), *(Create(call(f"call_{n:02}")) for n in range(CALLS))])
    moves: list[tuple[datetime, int]] = []  # when, and how many more or fewer are in flight
    claimed: list[str] = []

    def work(_: int) -> None:
        for _ in range(TURNS_MAX):
            mine = _claim(store, moves)
            claimed.extend(mine)
            for id in mine:
                _end(store, id, moves)
            if not store.find(queries.waiting_calls("cmp_1", 1)):
                return

    at_once(work)
    assert sorted(claimed) == [f"call_{n:02}" for n in range(CALLS)]
    in_flight = [sum(by for _, by in sorted(moves)[:end]) for end in range(1, len(moves) + 1)]
    assert max(in_flight) <= IN_FLIGHT_MAX
    assert in_flight[-1] == 0


def _claim(store: Store, moves: list[tuple[datetime, int]]) -> list[str]:
    mutex = store.get(Lane, "main")
    assert mutex is not None
    free = IN_FLIGHT_MAX - store.count(queries.live_in_lane("main"))
    waiting = store.find(queries.waiting_calls("cmp_1", free)) if free > 0 else []
    if not waiting:
        return []
    claims = [
        Update(replace(found.record, state=State.CLAIMED, live=True), found.version) for found in waiting
    ]
    try:
        committed = store.commit([Update(mutex.record, mutex.version), *claims])
    except Conflict:
        return []
    moves.append((committed.at, len(claims)))
    return [found.record.id for found in waiting]


def _end(store: Store, id: str, moves: list[tuple[datetime, int]]) -> None:
    read = store.get(Call, id)
    assert read is not None
    ended = replace(read.record, state=State.COMPLETED, live=False, finished_at=minutes(1))
    moves.append((store.commit([Update(ended, read.version)]).at, -1))
