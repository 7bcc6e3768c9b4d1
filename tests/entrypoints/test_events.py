"""Events out: from a call's end to a real receiver, on a clock that is moved."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from service.domain.account import Scope
from service.domain.outbox import DELIVERIES_KEPT, KEPT, RETRY_MINUTES
from service.ports import QueueUnavailable
from tests.support.api import CALLEE, NINE_TO_FIVE, Site, callee
from tests.support.fakes import raising
from tests.support.receiver import Receiver, is_signed, receiver

HOUR = timedelta(hours=1)
TUESDAYS = {"tue": NINE_TO_FIVE}  # it is Monday


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as known:
        yield known


def pass_over(site: Site, duration: timedelta) -> None:
    site.world.run_until(site.world.clock.now() + duration)


def told(there: Receiver) -> list[dict[str, Any]]:
    return [json.loads(received.body) for received in there.received]


def events(site: Site, query: str = "") -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = site.get(f"/api/events?limit=200{query}").ok()["data"]
    return listed


def test_a_campaigns_calls_and_its_end_are_told_once_each_and_signed(site: Site, there: Receiver) -> None:
    secret = site.webhook(there.url)["secret"]
    campaign = site.campaign(callee(1), callee(2), start=True)
    pass_over(site, HOUR)
    bodies = told(there)
    assert sorted(body["type"] for body in bodies) == [
        "call.finished",
        "call.finished",
        "campaign.finished",
    ]
    assert all(is_signed(received, secret) for received in there.received)
    assert len({body["id"] for body in bodies}) == 3
    assert {body["account_id"] for body in bodies} == {site.account.id}
    shown = {call["id"]: call for call in site.calls_of(campaign)}
    for body in bodies:
        if body["type"] == "call.finished":
            assert body["data"] == shown[body["data"]["id"]]
    assert bodies[-1]["data"] == {
        "id": campaign,
        "name": "Reminders",
        "status": "finished",
        "paused_reason": None,
    }
    assert all(set(body) == {"id", "type", "created_at", "account_id", "data"} for body in bodies)


def test_a_campaign_whose_budget_is_spent_is_told_of_with_the_reason(site: Site, there: Receiver) -> None:
    site.webhook(there.url, "campaign.paused")
    site.patch("/api/account", {"rate": {"currency": "USD", "per_minute": "1"}}).ok()
    budget = {"budget": {"amount": 1, "currency": "USD"}}
    campaign = site.campaign(callee(1), start=True, limits=budget)
    pass_over(site, HOUR)
    (body,) = told(there)
    assert body["type"] == "campaign.paused"
    assert body["data"] == {
        "id": campaign,
        "name": "Reminders",
        "status": "paused",
        "paused_reason": "budget_reached",
    }


def test_a_pause_by_its_user_is_not_told(site: Site, there: Receiver) -> None:
    site.webhook(there.url)
    campaign = site.campaign(callee(1), hours=TUESDAYS, start=True)
    site.post(f"/api/campaigns/{campaign}/pause").ok()
    pass_over(site, HOUR)
    assert told(there) == []


def test_calls_that_are_canceled_while_they_wait_are_told_of(site: Site, there: Receiver) -> None:
    """One by itself, the others with their campaign; no pass had ever claimed them."""
    site.webhook(there.url, "call.finished")
    campaign = site.campaign(callee(1), callee(2), hours=TUESDAYS, start=True)
    first = site.calls_of(campaign)[0]["id"]
    site.post(f"/api/calls/{first}/cancel").ok()
    site.post(f"/api/campaigns/{campaign}/cancel").ok()
    pass_over(site, HOUR)
    assert sorted(body["data"]["outcome"] for body in told(there)) == ["canceled", "canceled"]


def test_each_webhook_is_told_what_it_wants(site: Site) -> None:
    with receiver() as calls, receiver() as campaigns, receiver() as nothing:
        site.webhook(calls.url, "call.finished")
        site.webhook(campaigns.url, "campaign.finished")
        off = site.webhook(nothing.url)["id"]
        site.patch(f"/api/webhooks/{off}", {"disabled": True}).ok()
        site.campaign(callee(1), start=True)
        pass_over(site, HOUR)
        assert [body["type"] for body in told(calls)] == ["call.finished"]
        assert [body["type"] for body in told(campaigns)] == ["campaign.finished"]
        assert told(nothing) == []


def test_without_webhooks_nothing_is_written_or_asked_for(site: Site) -> None:
    site.campaign(callee(1), start=True)
    pass_over(site, HOUR)
    assert events(site) == []
    assert not [receipt for receipt in site.receipts if receipt["kind"] == "event"]


def test_a_receiver_that_fails_is_asked_again_by_the_ladder_then_given_up(
    site: Site, there: Receiver
) -> None:
    site.webhook(there.url, "call.finished")
    there.answers += [500] * 100
    site.call()
    moments = []
    began = site.world.clock.now()
    while site.world.clock.now() < began + timedelta(days=5):
        heard = len(there.received)
        site.world.step(began + timedelta(days=5))
        moments += [site.world.clock.now()] * (len(there.received) - heard)
    waits = [(later - earlier).total_seconds() / 60 for earlier, later in pairwise(moments)]
    assert waits == list(RETRY_MINUTES)
    assert 2.5 <= (moments[-1] - moments[0]) / timedelta(days=1) <= 3.0
    (event,) = events(site)
    assert event["next_delivery_at"] is None
    assert [delivery["status"] for delivery in event["deliveries"]] == [500] * (1 + len(RETRY_MINUTES))
    assert len({received.body for received in there.received}) == 1  # what it tells is as it was then


def test_a_receiver_that_comes_back_takes_it_and_is_told_no_more(site: Site, there: Receiver) -> None:
    hook = site.webhook(there.url, "call.finished")["id"]
    there.answers += [503, 302, 200]
    site.call()
    pass_over(site, timedelta(days=5))
    (event,) = events(site)
    seen = [(d["webhook_id"], d["status"], d["error"]) for d in event["deliveries"]]
    assert seen == [(hook, 503, "answered 503"), (hook, 302, "answered 302"), (hook, 200, None)]
    assert (event["not_taken_by"], event["next_delivery_at"]) == ([], None)
    assert {received.path for received in there.received} == {"/hook"}  # the redirect was not followed


def test_who_has_taken_it_is_not_told_again_because_another_has_not(site: Site, there: Receiver) -> None:
    with receiver() as failing:
        failing.answers += [500, 500]
        site.webhook(there.url, "call.finished")
        site.webhook(failing.url, "call.finished")
        site.call()
        pass_over(site, HOUR)
        assert (len(there.received), len(failing.received)) == (1, 3)


def test_a_name_that_leads_inside_by_the_time_of_delivery_is_told_nothing(
    site: Site, there: Receiver
) -> None:
    """Its owner's answer was another one when the webhook was made."""
    site.world.names["hooks.example.com"] = ["93.184.215.14"]
    site.webhook(f"https://hooks.example.com:{there.port}/hook", "call.finished")
    for address in ("10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "fd00::1"):
        site.world.names["hooks.example.com"] = [address]
        site.call(callee(len(events(site))))
        pass_over(site, timedelta(minutes=20))
    assert there.received == []
    errors = {delivery["error"] for event in events(site) for delivery in event["deliveries"]}
    assert errors == {"not sent: leads to a private address"}
    assert len(events(site)) == 4


def test_an_event_is_sent_once_more_when_its_user_asks(site: Site, there: Receiver) -> None:
    site.webhook(there.url, "call.finished")
    site.call()
    pass_over(site, HOUR)
    id = events(site)[0]["id"]
    again = site.post(f"/api/events/{id}/redeliver").ok(202)
    assert again["next_delivery_at"]
    pass_over(site, timedelta(minutes=1))
    first, second = there.received
    assert first.body == second.body
    assert len(site.get(f"/api/events/{id}").ok()["deliveries"]) == 2


def test_one_that_was_given_up_begins_the_ladder_anew_when_its_user_asks(site: Site, there: Receiver) -> None:
    site.webhook(there.url, "call.finished")
    there.answers += [500] * (2 * (1 + len(RETRY_MINUTES)) + 10)
    site.call()
    pass_over(site, timedelta(days=4))
    id = events(site)[0]["id"]
    site.post(f"/api/events/{id}/redeliver").ok(202)
    pass_over(site, timedelta(days=4))
    assert len(there.received) == 2 * (1 + len(RETRY_MINUTES))
    site.post(f"/api/events/{id}/redeliver").ok(202)
    pass_over(site, timedelta(days=4))
    assert len(site.get(f"/api/events/{id}").ok()["deliveries"]) == DELIVERIES_KEPT


def test_a_task_that_comes_again_after_its_round_sends_nothing(site: Site, there: Receiver) -> None:
    site.webhook(there.url, "call.finished")
    site.call()
    pass_over(site, HOUR)
    task = json.dumps({"event": events(site)[0]["id"], "round": 0}).encode()
    assert site.as_invoker("/tasks/event", task).ok()["result"] == "stale"
    assert len(there.received) == 1


def test_what_the_queue_did_not_take_is_found_within_the_hour(site: Site, there: Receiver) -> None:
    site.webhook(there.url, "call.finished")
    tasks = site.world.service.outside.tasks
    create = tasks.create

    def no_events(wanted: Any) -> None:
        if any(task.path == "/tasks/event" for task in wanted):
            raising(QueueUnavailable("down"))()
        create(wanted)

    tasks.create = no_events  # type: ignore[method-assign]
    site.call()
    pass_over(site, timedelta(minutes=20))
    tasks.create = create  # type: ignore[method-assign]
    assert len(events(site)) == 1
    assert there.received == []
    pass_over(site, HOUR)
    assert len(there.received) == 1


def test_events_are_listed_by_type_and_page_and_gone_after_a_month(site: Site, there: Receiver) -> None:
    site.webhook(there.url)
    site.campaign(callee(1), callee(2), start=True)
    pass_over(site, HOUR)
    assert [event["type"] for event in events(site, "&type=campaign.finished")] == ["campaign.finished"]
    page = site.get("/api/events?limit=2").ok()
    rest = site.get(f"/api/events?limit=2&cursor={page['next_cursor']}").ok()
    assert [*page["data"], *rest["data"]] == events(site)
    assert rest["next_cursor"] is None
    site.get("/api/events?type=call.rang").error(422, "invalid")
    site.get("/api/events?kind=call.finished").error(422, "invalid")
    pass_over(site, KEPT)
    assert events(site) == []
    site.get(f"/api/events/{page['data'][0]['id']}").error(404, "not_found")


def test_an_account_sees_and_sends_nothing_of_anothers(site: Site, there: Receiver) -> None:
    site.webhook(there.url)
    site.call(CALLEE)
    pass_over(site, HOUR)
    id = events(site)[0]["id"]
    other = site.beside()
    other.webhook(there.url)
    heard = len(there.received)
    other.get(f"/api/events/{id}").error(404, "not_found")
    other.post(f"/api/events/{id}/redeliver").error(404, "not_found")
    assert events(other) == []
    pass_over(site, HOUR)
    assert len(there.received) == heard


def test_a_readers_key_sees_events_and_an_operators_sends_them_again(site: Site, there: Receiver) -> None:
    site.webhook(there.url, "call.finished")
    site.call()
    pass_over(site, HOUR)
    id = events(site)[0]["id"]
    reader, operator = site.as_scope(Scope.READ), site.as_scope(Scope.OPERATE)
    reader.get(f"/api/events/{id}").ok()
    reader.post(f"/api/events/{id}/redeliver").error(403, "forbidden")
    operator.post(f"/api/events/{id}/redeliver").ok(202)
    operator.get("/api/webhooks").error(403, "forbidden")
