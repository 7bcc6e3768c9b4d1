"""Every point in the life of one call, and every pair of points: enumerated, not sampled."""

from itertools import combinations

import pytest

from tests.simulation.one_call import LIVES, OneCall, live, lives_that_lose_an_answer, messages_of_a_life

SHARES = 8  # the pairs are shared out, so that the test processes can work side by side
ENDS = {
    "answered": (1, ["completed"]),
    "busy, then answered": (2, ["completed"]),
    "accepted, and neither the answer nor a webhook arrives": (1, ["completed"]),
    "never received, and nobody can tell": (0, ["unconfirmed"]),
}


@pytest.fixture(scope="module")
def messages() -> int:
    return messages_of_a_life()


@pytest.mark.parametrize("life", LIVES)
def test_one_call_lives_its_life_when_nothing_dies(life: str) -> None:
    world = live(profile=LIVES[life])
    ends = [call.state for call in world.oracle.records["calls"].values()]
    assert (len(world.oracle.placed), ends) == ENDS[life]


@pytest.mark.parametrize("life", LIVES)
def test_a_crash_at_any_single_point_breaks_no_promise(life: str) -> None:
    """Before each request to the store, the queue and the provider, and before each answer arrives."""
    profile = LIVES[life]
    for point in range(1, messages_of_a_life(profile) + 1):
        world = live(lambda _, number, __, point=point: number == point, profile=profile)
        assert world.crashes == 1


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("life", LIVES)
def test_crashes_at_any_two_points_break_no_promise(life: str, share: int) -> None:
    profile = LIVES[life]
    points = range(1, messages_of_a_life(profile) + 1)
    for pair in list(combinations(points, 2))[share::SHARES]:
        live(lambda _, number, __, pair=pair: number in pair, profile=profile)


@pytest.mark.parametrize("step", ["pause", "cancel"])
def test_a_pause_or_cancel_at_any_point_lets_no_later_request_begin(messages: int, step: str) -> None:
    """The oracle looks at what each request's handler had read before."""
    for point in range(1, messages + 1):

        def meddle(user: OneCall, number: int, _: str, point: int = point) -> bool:
            if number == point:
                user._world.do_soon(lambda: user.step(step))
            return False

        world = live(meddle)
        status = world.oracle.records["campaigns"][world.users.campaign_id].status  # type: ignore[attr-defined]
        assert status in {"finished", "paused" if step == "pause" else "canceled"}


def test_work_created_at_any_point_is_never_behind_a_sleeping_clock(messages: int) -> None:
    """A direct call lands between any two messages of a pass that is about to sleep."""
    for point in range(1, messages + 1):

        def create(user: OneCall, number: int, _: str, point: int = point) -> bool:
            if number == point:
                user._world.do_soon(user.call)
            return False

        world = live(create)
        assert len(world.oracle.records["calls"]) == 2
        assert all(call.finished_at for call in world.oracle.records["calls"].values())


def test_any_commit_whose_answer_is_lost_breaks_no_promise() -> None:
    for _ in lives_that_lose_an_answer():
        pass  # the oracle has looked at each
