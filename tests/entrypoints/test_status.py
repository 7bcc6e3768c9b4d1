from datetime import timedelta

from tests.support.api import NINE_TO_FIVE, Site, callee

OF_A_STATUS = ["now", "awake", "next_wake", "reason", "calls_in_flight"]


def test_asleep_without_work_it_has_no_next_wake(site: Site) -> None:
    site.as_invoker("/queue/process").ok()
    status = site.get("/api/status").ok()
    assert list(status) == OF_A_STATUS
    assert (status["now"], status["awake"]) == ("2026-03-02T18:00:00.000Z", False)
    assert (status["next_wake"], status["calls_in_flight"]) == (None, 0)
    assert status["reason"] == "Asleep: nothing waits. It wakes when there is work."


def test_asleep_until_a_window_opens_it_says_when(site: Site) -> None:
    site.campaign(callee(0), start=True, hours={"tue": NINE_TO_FIVE})
    status = site.get("/api/status").ok()
    assert (status["awake"], status["next_wake"]) == (False, "2026-03-03T15:00:00.000Z")
    assert status["reason"] == "Asleep until the next call is due."


def test_with_calls_in_flight_it_is_awake(site: Site) -> None:
    site.campaign(callee(0), callee(1), callee(2), start=True)
    status = site.get("/api/status").ok()
    assert (status["awake"], status["next_wake"], status["calls_in_flight"]) == (True, None, 2)
    assert status["reason"] == "Awake: calls are in flight."


def test_a_wake_whose_time_has_come_is_awake_before_its_pass(site: Site) -> None:
    site.campaign(callee(0), start=True, hours={"tue": NINE_TO_FIVE})
    site.world.clock.advance(hours=21, seconds=1)
    status = site.get("/api/status").ok()
    assert (status["awake"], status["next_wake"]) == (True, None)
    assert status["reason"] == "Awake: work is waiting for the next pass."


def test_what_another_account_does_is_not_told(site: Site) -> None:
    other = site.beside()
    site.campaign(callee(0), start=True)
    site.campaign(callee(1), start=True, hours={"tue": NINE_TO_FIVE})
    status = other.get("/api/status").ok()
    assert (status["awake"], status["next_wake"], status["calls_in_flight"]) == (False, None, 0)


def test_when_all_is_done_it_sleeps_again(site: Site) -> None:
    site.campaign(callee(0), start=True)
    site.world.run_until(site.world.clock.now() + timedelta(hours=1))
    assert site.get("/api/status").ok()["awake"] is False


def test_the_health_check_asks_for_no_key_and_leaves_no_receipt(site: Site) -> None:
    before = len(site.receipts)
    assert site.send("GET", "/healthz", headers={"Authorization": ""}).ok() == {"ok": True}
    assert len(site.receipts) == before
