"""`/api/agents`, and what campaigns and calls do with agents."""

from typing import Any

import pytest

from service.domain.account import Scope
from tests.support.api import CALLEE, CAMPAIGN, SCRIPT, Site

OF_AN_AGENT = [
    *("id", "name", "provider", "secret", "assistant", "connection", "script", "from", "line_ids"),
    *("expects", "record", "created_at", "retired"),
]
LINE = "+13125550111"


def test_an_agent_is_shown_as_it_was_described(site: Site) -> None:
    body = site.agent_body(expects=["name", "day"], **{"from": [LINE]})
    made = site.post("/api/agents", body).ok(201)
    assert list(made) == OF_AN_AGENT
    assert {name: made[name] for name in body} == body
    assert made["id"].startswith("agt_")
    assert site.get(f"/api/agents/{made['id']}").ok() == made
    assert site.get("/api/agents").ok() == {"data": [made], "next_cursor": None}


@pytest.mark.parametrize("scope", [Scope.READ, Scope.OPERATE])
def test_all_see_agents_to_choose_one_and_admins_alone_see_where_the_secret_is(
    site: Site, scope: Scope
) -> None:
    made = site.get(f"/api/agents/{site.agent()}").ok()
    mine = site.as_scope(scope)
    shown = mine.get(f"/api/agents/{made['id']}")
    assert shown.ok() == made | {"secret": None}
    assert mine.get("/api/agents").ok()["data"] == [shown.ok()]
    seen = {"If-None-Match": shown.headers["etag"]}
    assert mine.send("GET", f"/api/agents/{made['id']}", headers=seen).status == 304
    assert made["secret"]


def test_an_operator_makes_calls_with_an_agent(site: Site) -> None:
    operator = site.as_scope(Scope.OPERATE)
    site.agent()
    (agent,) = operator.get("/api/agents").ok()["data"]
    assert operator.call(agent=agent["id"], script=None)["agent"] == agent["id"]


@pytest.mark.parametrize("scope", [Scope.READ, Scope.OPERATE])
def test_only_admins_make_agents_and_change_them(site: Site, scope: Scope) -> None:
    agent, mine = site.agent(), site.as_scope(scope)
    before = site.commits()
    mine.post("/api/agents", site.agent_body()).error(403, "forbidden")
    mine.patch(f"/api/agents/{agent}", {"name": "Grace"}).error(403, "forbidden")
    mine.send("DELETE", f"/api/agents/{agent}").error(403, "forbidden")
    assert site.commits() == before


APP = "AP" + "1f" * 16


def test_an_agent_of_twilio_has_a_script_or_a_twiml_app(site: Site) -> None:
    body = site.agent_body(provider="twilio", connection="AC1", assistant=None, script=SCRIPT)
    assert site.post("/api/agents", body).ok(201)["script"] == SCRIPT
    made = site.post("/api/agents", body | {"script": None, "assistant": APP, "record": True}).ok(201)
    assert (made["assistant"], made["script"], made["record"]) == (APP, None, True)


def test_a_script_says_whether_its_calls_are_recorded(site: Site) -> None:
    recorded = SCRIPT | {"record": True}
    made = site.post("/api/campaigns", CAMPAIGN | {"script": recorded}).ok(201)
    assert made["script"] == recorded
    edited = site.patch(f"/api/campaigns/{made['id']}", {"script": SCRIPT | {"record": False}}).ok()
    assert edited["script"] == SCRIPT


def test_an_edit_changes_what_it_names(site: Site) -> None:
    agent = site.agent()
    before = site.get(f"/api/agents/{agent}").ok()
    changes = {"name": "Grace", "expects": ["day"]}
    assert site.patch(f"/api/agents/{agent}", changes).ok() == before | changes


def test_an_edit_of_what_was_changed_since_is_refused(site: Site) -> None:
    agent = site.agent()
    seen = {"If-Match": site.get(f"/api/agents/{agent}").headers["etag"], "Content-Type": "application/json"}
    site.send("PATCH", f"/api/agents/{agent}", b'{"name": "Grace"}', seen).ok()
    site.send("PATCH", f"/api/agents/{agent}", b'{"name": "Ada"}', seen).error(412, "stale")


def test_its_provider_stays(site: Site) -> None:
    """Calls that it has placed are asked for there."""
    error = site.patch(f"/api/agents/{site.agent()}", {"provider": "bolna"}).error(422, "invalid")
    assert error["details"][0]["field"] == "provider"


def test_a_request_that_is_repeated_makes_one_agent(site: Site) -> None:
    headers = {"Idempotency-Key": "once", "Content-Type": "application/json"}
    body = b'{"name": "Ada", "provider": "retell", "assistant": "a", "secret": "file:/x/%b/y"}'
    sent = body % site.account.id.encode()
    made = [site.send("POST", "/api/agents", sent, headers).ok(201)["id"] for _ in range(2)]
    assert len(set(made)) == 1
    assert len(site.get("/api/agents").ok()["data"]) == 1


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a key in the reference's stead": ({"secret": "sk-live-123"}, "secret"),
    "the service's own secret": ({"secret": "env:TWILIO_AUTH_TOKEN"}, "secret"),
    "another account's secret": ({"secret": "env:REVEILLE_SECRET_ACC_OTHER_VOICE"}, "secret"),
    "a path that climbs": ({"secret": "file:/run/{account}/../other/voice.json"}, "secret"),
    "no such provider": ({"provider": "carrier-pigeon"}, "provider"),
    "an assistant that is none": ({"assistant": None}, ""),
    "a script where an assistant speaks": ({"script": SCRIPT}, ""),
    "an assistant and a script": (
        {"provider": "twilio", "connection": "AC1", "script": SCRIPT, "assistant": "AP" + "1f" * 16},
        "",
    ),
    "neither an assistant nor a script": (
        {"provider": "twilio", "connection": "AC1", "assistant": None},
        "",
    ),
    "an assistant at Twilio that is no TwiML app": ({"provider": "twilio", "connection": "AC1"}, ""),
    "a recording where the agent decides by itself": ({"record": True}, ""),
    "Twilio without an account": ({"provider": "twilio", "script": SCRIPT, "assistant": None}, ""),
    "Telnyx without an application": ({"provider": "telnyx"}, ""),
    "Vapi without the ids of its numbers": ({"provider": "vapi"}, ""),
    "a number that is none": ({"from": ["0312"]}, "from.0"),
    "a field that is none": ({"api_key": "sk-live-123"}, "api_key"),
    "no name": ({"name": " "}, "name"),
}


@pytest.mark.parametrize(("changes", "field"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_used_is_refused_and_nothing_is_stored(
    module_site: Site, changes: dict[str, Any], field: str
) -> None:
    account = module_site.account.id
    changes = {name: v.format(account=account) if isinstance(v, str) else v for name, v in changes.items()}
    before = module_site.commits()
    reply = module_site.post("/api/agents", module_site.agent_body(**changes))
    assert reply.error(422, "invalid")["details"][0]["field"] == field
    assert b"sk-live-123" not in reply.body
    assert module_site.commits() == before


def test_a_campaign_names_an_agent_and_has_its_numbers(site: Site) -> None:
    agent = site.agent(**{"from": [LINE]})
    made = site.post("/api/campaigns", CAMPAIGN | {"script": None, "agent": agent}).ok(201)
    assert (made["agent"], made["script"], made["from"]) == (agent, None, [LINE])
    own = CAMPAIGN | {"script": None, "agent": agent, "from": CALLEE}
    assert site.post("/api/campaigns", own).ok(201)["from"] == [CALLEE]


@pytest.mark.parametrize(
    ("sent", "calls_from"),
    [({}, CALLEE), ({"from": LINE}, LINE), ({"agent": None, "script": SCRIPT}, None)],
    ids=["another agent", "another, with the numbers named", "a script in its stead"],
)
def test_the_numbers_that_a_campaign_has_from_its_agent_go_with_it(
    site: Site, sent: dict[str, Any], calls_from: str | None
) -> None:
    first, other = site.agent(**{"from": [LINE]}), site.agent(**{"from": [CALLEE]})
    made = site.post("/api/campaigns", CAMPAIGN | {"script": None, "agent": first}).ok(201)
    edited = site.patch(f"/api/campaigns/{made['id']}", {"agent": other} | sent).ok()
    assert edited["from"] == ([calls_from] if calls_from else None)


def test_numbers_that_a_user_has_named_stay_when_another_agent_speaks(site: Site) -> None:
    first, other = site.agent(**{"from": [LINE]}), site.agent(**{"from": [CALLEE]})
    own = CAMPAIGN | {"script": None, "agent": first, "from": ["+13125550177"]}
    made = site.post("/api/campaigns", own).ok(201)
    edited = site.patch(f"/api/campaigns/{made['id']}", {"agent": other}).ok()
    assert edited["from"] == ["+13125550177"]


@pytest.mark.parametrize("path", ["/api/campaigns", "/api/calls"])
def test_either_a_script_or_an_agent_speaks(site: Site, path: str) -> None:
    body = CAMPAIGN if path == "/api/campaigns" else {"to": CALLEE, "script": SCRIPT}
    for wrong in ({"agent": site.agent()}, {"script": None}):
        assert site.post(path, body | wrong).error(422, "invalid")["details"][0]["field"] == "script"


@pytest.mark.parametrize("path", ["/api/campaigns", "/api/calls"])
def test_an_agent_that_is_another_s_retired_or_none_does_not_speak(site: Site, path: str) -> None:
    body = CAMPAIGN if path == "/api/campaigns" else {"to": CALLEE}
    retired, others = site.agent(), site.beside().agent()
    assert site.send("DELETE", f"/api/agents/{retired}").status == 204
    before = site.commits()
    for agent in (retired, others, "agt_none"):
        error = site.post(path, body | {"script": None, "agent": agent}).error(422, "invalid")
        assert error["details"][0]["field"] == "agent"
    assert site.commits() == before


def test_a_campaign_whose_agent_is_retired_goes_on(site: Site) -> None:
    agent = site.agent()
    campaign = site.post("/api/campaigns", CAMPAIGN | {"script": None, "agent": agent}).ok(201)["id"]
    for _ in range(2):  # harmless when repeated
        assert site.send("DELETE", f"/api/agents/{agent}").status == 204
    assert site.get(f"/api/agents/{agent}").ok()["retired"]
    edited = site.patch(f"/api/campaigns/{campaign}", {"name": "Later"}).ok()
    assert (edited["name"], edited["agent"]) == ("Later", agent)


def test_a_campaign_changes_from_a_script_to_an_agent_and_back(site: Site) -> None:
    agent, campaign = site.agent(), site.campaign()
    path = f"/api/campaigns/{campaign}"
    site.patch(path, {"agent": agent}).error(422, "invalid")
    assert site.patch(path, {"agent": agent, "script": None}).ok()["agent"] == agent
    assert site.patch(path, {"agent": None, "script": SCRIPT}).ok()["agent"] is None


def test_what_its_provider_cannot_do_with_a_machine_is_not_asked_for(site: Site) -> None:
    body = CAMPAIGN | {"script": None, "agent": site.agent(), "on_machine": "leave_message"}
    assert site.post("/api/campaigns", body).error(422, "invalid")["details"][0]["field"] == "on_machine"


def test_a_webhook_for_an_agent_that_is_none_or_of_another_provider_is_not_found(site: Site) -> None:
    agent = site.agent()
    for path in (f"/webhooks/bolna/{agent}/x", "/webhooks/retell/agt_none", "/webhooks/pigeon/agt_none"):
        site.send("POST", path, b"{}", {"Authorization": ""}).error(404, "not_found")


def test_a_webhook_is_posted_again_where_the_agent_s_secret_cannot_be_read(site: Site) -> None:
    reply = site.send("POST", f"/webhooks/retell/{site.agent()}", b"{}", {"Authorization": ""})
    reply.error(503, "busy")


def test_a_campaign_is_split_between_agents(site: Site) -> None:
    first, second = site.agent(**{"from": [LINE, CALLEE]}), site.agent(**{"from": [CALLEE]})
    split = [{"agent": first, "weight": 3}, {"agent": second, "weight": 1}]
    made = site.post("/api/campaigns", CAMPAIGN | {"script": None, "agent": split}).ok(201)
    assert (made["agent"], made["from"]) == (split, [CALLEE])  # a number that both may show
    results = site.get(f"/api/campaigns/{made['id']}/agents").ok()["data"]
    assert [(one["agent"], one["weight"], one["total"]) for one in results] == [(first, 3, 0), (second, 1, 0)]
    site.send("DELETE", f"/api/agents/{first}")
    assert site.patch(f"/api/campaigns/{made['id']}", {"name": "Later"}).ok()["agent"] == split


@pytest.mark.parametrize("split", [[], ["agt_1"], [{"agent": "agt_1"}], [{"agent": "a", "weight": 0}] * 2])
def test_a_split_that_is_none_is_refused(site: Site, split: Any) -> None:
    site.post("/api/campaigns", CAMPAIGN | {"script": None, "agent": split}).error(422, "invalid")


def test_an_edit_of_a_campaign_keeps_to_what_its_agent_can_do(site: Site) -> None:
    agent = site.agent(provider="vapi", line_ids={LINE: "line-1"}, **{"from": [LINE]})
    campaign = site.post("/api/campaigns", CAMPAIGN | {"script": None, "agent": agent}).ok(201)["id"]
    for change, field in (({"on_machine": "hang_up"}, "on_machine"), ({"from": CALLEE}, "from")):
        error = site.patch(f"/api/campaigns/{campaign}", change).error(422, "invalid")
        assert error["details"][0]["field"] == field


def test_a_number_that_its_provider_does_not_know_is_not_shown(site: Site) -> None:
    agent = site.agent(provider="vapi", line_ids={LINE: "line-1"}, **{"from": [LINE]})
    body = {"to": CALLEE, "agent": agent, "from": CALLEE}
    assert site.post("/api/calls", body).error(422, "invalid")["details"][0]["field"] == "from"
