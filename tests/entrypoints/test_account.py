"""`GET` and `PATCH /api/account`: the rules that an account decides itself."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.domain.account import Scope
from service.domain.campaign import Campaign
from service.domain.caps import Caps
from service.domain.money import MINOR_DIGITS, Rate
from service.entrypoints.schemas_account import LEGAL_HOURS_NOTICE
from service.local.signing import KEY_FILE
from service.ports import StoreUnavailable
from service.rules.rulebook import Rulebook
from tests.support.api import SCRIPT, Site, callee
from tests.support.fakes import HookedStore, committing

PATH = "/api/account"
EVENING = datetime(2026, 3, 3, 4, tzinfo=UTC)  # Monday, 22:00 in Chicago
EUR_500 = {"amount": 500, "currency": "EUR"}
USD_500 = {"amount": 500, "currency": "USD"}


def patched(site: Site, **changes: Any) -> Any:
    return site.patch(PATH, changes).ok()


# --- what is shown --------------------------------------------------------------------------------------


def test_an_account_is_shown_with_the_rules_that_it_begins_with(module_site: Site) -> None:
    shown = module_site.get(PATH).ok()
    del shown["key"]
    assert shown == {
        "id": module_site.account.id,
        "name": "Time-lapse",
        "created_at": "2026-03-02T18:00:00.000Z",
        "timezone": "UTC",
        "default_country": "US",
        "allowed_countries": ["*"],
        "from": "+13125550100",
        "calls_in_flight": 2,
        "caller_limits": {"calls_in_flight": None, "calls_a_day": None},
        "number_caps": {"per_day": None, "per_week": None, "gap_minutes": None},
        "rate": {"currency": "USD", "per_minute": "0.014", "per_call": "0"},
        "day_budget": None,
        "legal_hours_widened": [],
        "legal_hours_notice": LEGAL_HOURS_NOTICE,
        "legal_hours_version": Rulebook().version,
    }


@pytest.mark.parametrize("scope", [Scope.READ, Scope.OPERATE, Scope.ADMIN])
def test_a_key_is_told_which_it_is_and_what_it_may_do(site: Site, scope: Scope) -> None:
    mine = site.as_scope(scope)
    key = mine.get(PATH).ok()["key"]
    assert (key["label"], key["scope"], key["revoked"]) == (scope, scope, False)
    assert mine.key.endswith(key["last_characters"])
    assert mine.key not in str(mine.get(PATH).json)


def test_looking_at_it_stores_nothing(module_site: Site) -> None:
    before = module_site.commits()
    module_site.get(PATH).ok()
    assert module_site.commits() == before


def test_the_notice_is_one_sentence_that_says_what_it_is_not(module_site: Site) -> None:
    notice = module_site.get(PATH).ok()["legal_hours_notice"]
    assert "no legal advice" in notice
    assert (notice.count("."), notice[-1]) == (1, ".")


def test_an_account_s_own_limit_is_shown_in_the_stead_of_the_systems(site: Site) -> None:
    site.change_account(calls_in_flight_max=7)
    assert site.get(PATH).ok()["calls_in_flight"] == 7


# --- what is changed ------------------------------------------------------------------------------------

EVERYTHING: dict[str, Any] = {
    "name": "Another name",
    "timezone": "America/Chicago",
    "default_country": "DE",
    "from": "+13125550199",
    "caller_limits": {"calls_in_flight": 3, "calls_a_day": 400},
    "number_caps": {"per_day": 1, "per_week": 100, "gap_minutes": 10_080},
    "rate": {"currency": "EUR", "per_minute": "0.000001", "per_call": "12.5"},
    "day_budget": EUR_500,
    "legal_hours_widened": ["US-TX", "FR", "*"],
}


def test_all_rules_can_be_changed_at_once_and_are_kept(site: Site) -> None:
    before = site.get(PATH).ok()
    after = patched(site, **EVERYTHING)
    assert after == before | EVERYTHING
    assert site.get(PATH).ok() == after
    account = site.account
    assert account.caps == Caps(per_day=1, per_week=100, gap_minutes=10_080)
    assert account.rate == Rate("EUR", minute=1, call=12_500_000)
    assert (account.caller_calls_in_flight_max, account.caller_calls_a_day_max) == (3, 400)
    assert (account.day_budget, account.widened) == (5_000_000, ("US-TX", "FR", "*"))


def test_what_was_shown_can_be_sent_again(site: Site) -> None:
    shown = patched(site, **EVERYTHING)
    assert patched(site, **{name: shown[name] for name in EVERYTHING}) == shown


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_is_not_sent_stays_as_it_is(site: Site, name: str) -> None:
    before = patched(site, rate={"currency": "EUR"})
    before["rate"] |= EVERYTHING["rate"] if name == "rate" else {}
    assert patched(site, **{name: EVERYTHING[name]}) == before | {name: EVERYTHING[name]}


def test_nothing_sent_changes_nothing(site: Site) -> None:
    before = site.get(PATH).ok()
    assert patched(site) == before


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("caller_limits", {"calls_a_day": 9}),
        ("number_caps", {"per_day": 9}),
        ("number_caps", {"gap_minutes": None}),
        ("number_caps", {}),
        ("rate", {"per_call": "0.01"}),
    ],
)
def test_one_of_several_is_changed_and_the_others_stay(
    site: Site, name: str, changes: dict[str, Any]
) -> None:
    before = patched(site, **EVERYTHING)
    assert patched(site, **{name: changes}) == before | {name: before[name] | changes}


def test_null_takes_each_limit_away(site: Site) -> None:
    patched(site, **EVERYTHING)
    none = {
        "from": None,
        "day_budget": None,
        "caller_limits": {"calls_in_flight": None, "calls_a_day": None},
        "number_caps": {"per_day": None, "per_week": None, "gap_minutes": None},
    }
    after = patched(site, **none)
    assert after == after | none
    assert site.account.caps == Caps()


@pytest.mark.parametrize(
    ("sent", "shown", "micros"),
    [
        ("0.014", "0.014", 14_000),
        ("0", "0", 0),
        ("0.000000", "0", 0),
        ("1", "1", 1_000_000),
        ("10.10", "10.1", 10_100_000),
        ("007.5", "7.5", 7_500_000),
        ("100", "100", 100_000_000),
        ("99999.999999", "99999.999999", 99_999_999_999),
    ],
)
def test_a_price_is_exact_to_the_millionth(site: Site, sent: str, shown: str, micros: int) -> None:
    assert patched(site, rate={"per_minute": sent})["rate"]["per_minute"] == shown
    assert site.account.rate.minute == micros


@pytest.mark.parametrize(("currency", "micros"), [("USD", 5_000_000), ("JPY", 500_000_000), ("KWD", 500_000)])
def test_a_budget_of_the_day_is_in_the_minor_unit_of_its_currency(
    site: Site, currency: str, micros: int
) -> None:
    budget = {"amount": 500, "currency": currency}
    after = patched(site, rate={"currency": currency}, day_budget=budget)
    assert after["day_budget"] == budget
    assert site.account.day_budget == micros


def test_currencies_without_a_hundredth_are_known() -> None:
    assert [MINOR_DIGITS[currency] for currency in ("ISK", "XOF", "IQD", "LYD")] == [0, 0, 3, 3]


def test_a_place_that_is_named_twice_counts_once(site: Site) -> None:
    after = patched(site, legal_hours_widened=["US-TX", "FR", "US-TX"])
    assert after["legal_hours_widened"] == ["US-TX", "FR"]
    assert patched(site, legal_hours_widened=[])["legal_hours_widened"] == []


def test_rules_that_an_operator_has_set_beyond_these_limits_do_not_hinder_a_change(site: Site) -> None:
    site.change_account(name="", default_country="XX", caller="12345", caps=Caps(per_day=0))
    before = site.get(PATH).ok()
    assert patched(site, timezone="Europe/Paris") == before | {"timezone": "Europe/Paris"}


# --- the currency ---------------------------------------------------------------------------------------


def test_the_currency_is_not_changed_under_a_budget_of_the_day(site: Site) -> None:
    patched(site, day_budget=USD_500)
    error = site.patch(PATH, {"rate": {"currency": "EUR"}}).error(422, "invalid")
    assert [detail["field"] for detail in error["details"]] == ["rate.currency"]
    assert error["message"].startswith("rate.currency: cannot be EUR while day_budget is in USD")
    assert site.account.rate.currency == "USD"
    patched(site, rate={"currency": "USD", "per_minute": "1"})


@pytest.mark.parametrize("budget", [EUR_500, None])
def test_the_currency_is_changed_together_with_the_budget_of_the_day(site: Site, budget: Any) -> None:
    patched(site, day_budget=USD_500)
    after = patched(site, rate={"currency": "EUR"}, day_budget=budget)
    assert (after["rate"]["currency"], after["day_budget"]) == ("EUR", budget)


@pytest.mark.parametrize(
    "changes", [{"day_budget": EUR_500}, {"day_budget": USD_500, "rate": {"currency": "EUR"}}]
)
def test_a_budget_of_the_day_is_in_the_currency_of_the_rate(
    module_site: Site, changes: dict[str, Any]
) -> None:
    error = module_site.patch(PATH, changes).error(422, "invalid")
    assert [detail["field"] for detail in error["details"]] == ["day_budget.currency"]


# --- what is refused ------------------------------------------------------------------------------------

BAD_RULES: dict[str, tuple[Any, str]] = {
    "no name": ({"name": " "}, "name"),
    "null for a name": ({"name": None}, "name"),
    "a long name": ({"name": "n" * 201}, "name"),
    "an unknown zone": ({"timezone": "Mars/Olympus"}, "timezone"),
    "null for a zone": ({"timezone": None}, "timezone"),
    "no country": ({"default_country": "XX"}, "default_country"),
    "a country in small letters": ({"default_country": "us"}, "default_country"),
    "a country's name": ({"default_country": "Germany"}, "default_country"),
    "everywhere for a country": ({"default_country": "*"}, "default_country"),
    "a national number": ({"from": "3125550100"}, "from"),
    "a list of numbers": ({"from": ["+13125550100"]}, "from"),
    "our own name of a field": ({"caller": "+13125550100"}, "caller"),
    "our own name inside": ({"rate": {"minute": "1"}}, "rate.minute"),
    "no call at once": ({"caller_limits": {"calls_in_flight": 0}}, "caller_limits.calls_in_flight"),
    "a limit in quotes": ({"caller_limits": {"calls_a_day": "5"}}, "caller_limits.calls_a_day"),
    "a limit beyond all": ({"caller_limits": {"calls_a_day": 10**30}}, "caller_limits.calls_a_day"),
    "null for the limits": ({"caller_limits": None}, "caller_limits"),
    "no call a day": ({"number_caps": {"per_day": 0}}, "number_caps.per_day"),
    "more a week than is remembered": ({"number_caps": {"per_week": 101}}, "number_caps.per_week"),
    "half a call": ({"number_caps": {"per_day": 1.5}}, "number_caps.per_day"),
    "true for a number": ({"number_caps": {"per_day": True}}, "number_caps.per_day"),
    "more than a week": ({"number_caps": {"gap_minutes": 10_081}}, "number_caps.gap_minutes"),
    "an unknown cap": ({"number_caps": {"per_hour": 1}}, "number_caps.per_hour"),
    "a list of caps": ({"number_caps": []}, "number_caps"),
    "a currency's sign": ({"rate": {"currency": "$"}}, "rate.currency"),
    "a currency in small letters": ({"rate": {"currency": "usd"}}, "rate.currency"),
    "null for a currency": ({"rate": {"currency": None}}, "rate.currency"),
    "a price without quotes": ({"rate": {"per_minute": 0.014}}, "rate.per_minute"),
    "seven decimals": ({"rate": {"per_minute": "0.0140000"}}, "rate.per_minute"),
    "a negative price": ({"rate": {"per_minute": "-1"}}, "rate.per_minute"),
    "an exponent": ({"rate": {"per_minute": "1e3"}}, "rate.per_minute"),
    "a comma": ({"rate": {"per_call": "0,5"}}, "rate.per_call"),
    "a point alone": ({"rate": {"per_call": "."}}, "rate.per_call"),
    "nothing before the point": ({"rate": {"per_call": ".5"}}, "rate.per_call"),
    "nothing behind the point": ({"rate": {"per_call": "5."}}, "rate.per_call"),
    "a price and a line end": ({"rate": {"per_call": "5\n"}}, "rate.per_call"),
    "a price in other digits": ({"rate": {"per_call": "٣"}}, "rate.per_call"),
    "a price beyond all": ({"rate": {"per_call": "100000"}}, "rate.per_call"),
    "no number": ({"rate": {"per_call": "NaN"}}, "rate.per_call"),
    "null for a price": ({"rate": {"per_call": None}}, "rate.per_call"),
    "a budget of nothing": ({"day_budget": USD_500 | {"amount": 0}}, "day_budget.amount"),
    "a budget with a point": ({"day_budget": USD_500 | {"amount": 1.5}}, "day_budget.amount"),
    "a budget beyond all": ({"day_budget": USD_500 | {"amount": 10**30}}, "day_budget.amount"),
    "a budget without currency": ({"day_budget": {"amount": 5}}, "day_budget.currency"),
    "a budget in words": ({"day_budget": "ten dollars"}, "day_budget"),
    "a place in small letters": ({"legal_hours_widened": ["FR", "us-tx"]}, "legal_hours_widened.1"),
    "a place of no country": ({"legal_hours_widened": ["UK"]}, "legal_hours_widened.0"),
    "a state's name": ({"legal_hours_widened": ["Texas"]}, "legal_hours_widened.0"),
    "a region without an end": ({"legal_hours_widened": ["US-"]}, "legal_hours_widened.0"),
    "a place and a line end": ({"legal_hours_widened": ["US\n"]}, "legal_hours_widened.0"),
    "no place": ({"legal_hours_widened": [""]}, "legal_hours_widened.0"),
    "a number for a place": ({"legal_hours_widened": [1]}, "legal_hours_widened.0"),
    "a place without a list": ({"legal_hours_widened": "*"}, "legal_hours_widened"),
    "null for places": ({"legal_hours_widened": None}, "legal_hours_widened"),
    "too many places": ({"legal_hours_widened": ["US"] * 61}, "legal_hours_widened"),
    "an unknown field": ({"colour": "red"}, "colour"),
    "its id": ({"id": "acc_other"}, "id"),
    "when it was made": ({"created_at": "2026-03-02T18:00:00.000Z"}, "created_at"),
    "how many calls at once": ({"calls_in_flight": 1000}, "calls_in_flight"),
    "where it may call": ({"allowed_countries": ["*"]}, "allowed_countries"),
    "the notice": ({"legal_hours_notice": ""}, "legal_hours_notice"),
    "the version of the law": ({"legal_hours_version": "2026"}, "legal_hours_version"),
    "its share of the lane": ({"weight": 100.0}, "weight"),
    "its lane": ({"lane": "other"}, "lane"),
}


@pytest.mark.parametrize(("changes", "field"), BAD_RULES.values(), ids=BAD_RULES)
def test_one_thing_that_is_wrong_is_one_detail_that_names_its_field(
    module_site: Site, changes: dict[str, Any], field: str
) -> None:
    before = module_site.commits()
    error = module_site.patch(PATH, {"name": "Not stored"} | changes).error(422, "invalid")
    (detail,) = error["details"]
    assert detail["field"] == field
    assert error["message"] == f"{field}: {detail['message']}"
    assert module_site.commits() == before


def test_sixty_places_are_taken(site: Site) -> None:
    places = [f"US-{number}" for number in range(60)]
    assert patched(site, legal_hours_widened=places)["legal_hours_widened"] == places


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"calls_in_flight": 9}, "calls_in_flight: is not a field of a change of an account"),
        ({"rate": {"per_minute": 1}}, 'rate.per_minute: must be a decimal number in quotes, such as "0.014"'),
        ({"default_country": "XX"}, "default_country: must be a country's two letters (ISO 3166)"),
        ({"legal_hours_widened": ["UK"]}, "legal_hours_widened.0: must be a country (ISO 3166) such as FR"),
        ({"legal_hours_widened": ["*"] * 61}, "legal_hours_widened: must have at most 60 items"),
        ({"number_caps": {"per_day": 0}}, "number_caps.per_day: must be greater than or equal to 1"),
    ],
)
def test_what_is_wrong_is_said_in_words(module_site: Site, changes: dict[str, Any], message: str) -> None:
    assert module_site.patch(PATH, changes).error(422, "invalid")["message"].startswith(message)


@pytest.mark.parametrize("body", [b"[]", b"null", b"5", b'"text"'])
def test_json_that_is_no_object_is_refused(module_site: Site, body: bytes) -> None:
    module_site.send("PATCH", PATH, body, {"Content-Type": "application/json"}).error(422, "invalid")


@pytest.mark.parametrize("body", [b"", b"hello", b"{", b'{"name": "\\ud800"}'])
def test_what_is_not_json_is_refused(module_site: Site, body: bytes) -> None:
    module_site.send("PATCH", PATH, body, {"Content-Type": "application/json"}).error(400, "malformed_json")


# --- whose it is ----------------------------------------------------------------------------------------


def test_a_key_sees_and_changes_its_own_account_alone(site: Site) -> None:
    other = site.beside()
    mine, theirs = site.get(PATH).ok(), other.get(PATH).ok()
    assert (mine["id"] != theirs["id"], theirs["name"]) == (True, "Somebody else")
    patched(other, **EVERYTHING)
    assert site.get(PATH).ok() == mine
    assert other.get(PATH).ok() == theirs | EVERYTHING


# --- what it sets going ---------------------------------------------------------------------------------


@pytest.fixture
def evening(tmp_path: Path, signing_key: bytes) -> Site:
    """It is late in Chicago."""
    (tmp_path / KEY_FILE).write_bytes(signing_key)
    return Site.begin(tmp_path, EVENING)


@pytest.mark.parametrize("places", [["*"], ["US"], ["FR", "US-IL"]])
def test_a_campaign_that_sleeps_until_the_legal_hours_rings_at_once_where_they_are_widened(
    evening: Site, places: list[str]
) -> None:
    id = evening.campaign(callee(0), start=True)
    asleep = evening.get(f"/api/campaigns/{id}").ok()
    assert (asleep["awake"], asleep["next_due_at"]) == (False, "2026-03-03T14:00:00.000Z")
    patched(evening, legal_hours_widened=places)
    assert evening.get("/api/status").ok()["calls_in_flight"] == 1
    evening.world.service.local_tasks.deliver_due()  # type: ignore[union-attr]
    assert evening.rung() == [callee(0)]


def test_what_is_widened_elsewhere_rings_nowhere(evening: Site) -> None:
    evening.campaign(callee(0), start=True)
    patched(evening, legal_hours_widened=["FR", "US-TX"])
    status = evening.get("/api/status").ok()
    assert (status["awake"], status["calls_in_flight"]) == (False, 0)


def test_anothers_rules_do_not_widen_mine(evening: Site) -> None:
    evening.campaign(callee(0), start=True)
    patched(evening.beside(), legal_hours_widened=["*"])
    assert evening.get("/api/status").ok()["calls_in_flight"] == 0


def test_a_failure_in_the_middle_says_try_again_and_trying_again_does_the_rest(evening: Site) -> None:
    outside = evening.world.service.outside
    hooked = HookedStore(outside.store)
    object.__setattr__(outside, "store", hooked)
    evening.campaign(callee(0), start=True)

    def die() -> None:
        raise StoreUnavailable("gone")

    hooked.before(committing(Campaign), die)
    reply = evening.patch(PATH, {"legal_hours_widened": ["*"]})
    assert reply.error(503, "busy")["message"].endswith("Send the same change again.")
    assert int(reply.headers["retry-after"]) >= 1
    assert evening.get("/api/status").ok()["calls_in_flight"] == 0
    patched(evening, legal_hours_widened=["*"])
    assert evening.get("/api/status").ok()["calls_in_flight"] == 1


def called(site: Site, to: str) -> Any:
    """A direct call, some seconds after it was asked for."""
    id = site.call(to)["id"]
    site.world.run_until(site.world.clock.now() + timedelta(seconds=5))
    return site.get(f"/api/calls/{id}").ok()


def test_a_caller_number_holds_from_the_next_call_on(site: Site) -> None:
    patched(site, **{"from": "+13125550199"})
    assert called(site, callee(0))["from"] == "+13125550199"
    patched(site, **{"from": None})
    site.post("/api/calls", {"to": callee(1), "script": SCRIPT}).error(422, "invalid")


def test_a_cap_on_a_number_holds_from_the_next_call_on(site: Site) -> None:
    patched(site, number_caps={"gap_minutes": 60})
    called(site, callee(0))
    again = called(site, callee(0))
    assert (again["state"], again["due_at"], len(site.rung())) == ("queued", "2026-03-02T19:00:00.000Z", 1)
