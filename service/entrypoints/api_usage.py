"""`GET /api/usage`: what the account used in a month, and what the platform cost."""

import re
from typing import Any

from flask import Blueprint, request

from service.domain.errors import Invalid
from service.domain.money import MICROS
from service.domain.prices import (
    CURRENCY,
    FREE_TIERS,
    READ_IN,
    Use,
    billed,
    dollars,
    never_sleeping_dollars,
    scheduler_dollars,
)
from service.entrypoints.api_key import caller, require_key
from service.entrypoints.paging import refuse_unknown
from service.entrypoints.site import site
from service.entrypoints.views import money_view, time_text
from service.usecases.usage import Usage, WorkedOut, usage_of

blueprint = Blueprint("api_usage", __name__, url_prefix="/api/usage")
blueprint.before_request(require_key)

MONTH = "month"
MONTH_PATTERN = "20[0-9]{2}-(0[1-9]|1[0-2])"
DAY_SECONDS = 24 * 3600


@blueprint.get("")
def show() -> dict[str, Any]:
    refuse_unknown(MONTH)
    month = request.args.get(MONTH)
    if month is not None and not re.fullmatch(MONTH_PATTERN, month):
        raise Invalid.field(MONTH, "must be a month such as 2026-03")
    return _view(usage_of(site().outside, caller(), month))


def _view(usage: Usage) -> dict[str, Any]:
    counted = usage.counted
    return {
        "month": usage.month,
        "timezone": caller().timezone,
        "now": time_text(usage.now),
        "counted": {
            "dials": counted.dials,
            "calls": counted.calls,
            "outcomes": counted.outcomes,
            "talk_seconds": counted.talk_seconds,
            "spent": money_view(counted.spent, caller().rate.currency),
        },
        "worked_out": _worked_out(usage.worked_out),
    }


def _worked_out(found: WorkedOut) -> dict[str, Any]:
    """At list price, whether it is within the free tiers or not."""
    asleep = dollars(found.asleep) + scheduler_dollars(found.seconds)
    calling = dollars(found.calling)
    tiers = list(_tiers(found.asleep + found.calling, found.seconds / DAY_SECONDS))
    return {
        "ticks": found.asleep.requests,
        "asleep": _price(asleep),
        "calls": _price(calling),
        "total": _price(asleep + calling),
        "never_sleeping": _price(never_sleeping_dollars(found.seconds) + calling),
        "prices_of": READ_IN,
        "free_tiers": tiers,
        "free": all(tier["share"] <= 1 for tier in tiers),
    }


def _tiers(use: Use, days: float) -> list[dict[str, Any]]:
    """Those of a day over the days so far, taken to be alike; at least one."""
    tiers = []
    for name, used in billed(use).items():
        tier = FREE_TIERS[name]
        share = used / tier.within(max(1.0, days))
        tiers.append(
            {"name": name, "used": round(used, 1), "free": tier.amount, "every": tier.every}
            | {"share": round(share, 6), "source": tier.source}
        )
    return tiers


def _price(amount: float) -> dict[str, Any]:
    return money_view(round(amount * MICROS), CURRENCY)
