"""A forecast as the API shows it."""

from datetime import timedelta
from typing import Any

from service.domain.cohort import parse_cohort
from service.domain.forecast_bands import Band
from service.domain.forecast_costs import cloud_micros
from service.domain.forecast_odds import OUTCOMES, Spread
from service.domain.forecast_rates import STATED, Source
from service.domain.states import State
from service.entrypoints.views import money_view, time_text
from service.usecases.forecast import Forecast, Unreachable

CLOUD_CURRENCY = "USD"
RATE_NAMES = {
    State.COMPLETED: "answer_rate",
    State.VOICEMAIL: "voicemail_rate",
    State.BUSY: "busy_rate",
    State.NO_ANSWER: "no_answer_rate",
    State.FAILED: "failed_rate",
}
MESSAGES = {
    "nothing_waits": "Nothing waits.",
    "finished": "It is finished.",
    "canceled": "It is canceled.",
    "archived": "It is archived.",
    "never_opens": "Their calling hours never open.",
    "last_day": "The campaign's last day comes first.",
    "too_long": "It would take more than 400 days.",
    "no_slots": "A limit allows no calls in flight.",
    "budget": "The campaign's budget allows no further call at its worst.",
    "day_budget": "The account's budget of a day is less than a call may cost at its worst.",
    "caller_number": "The caller numbers may make no calls.",
    "number_caps": "The account's caps allow no call to any number.",
}


def forecast_view(forecast: Forecast, currency: str) -> dict[str, Any]:
    """`currency`: the account's."""
    runs = forecast.runs
    return {
        "campaign_id": forecast.campaign.id or None,
        "start_at": time_text(forecast.start_at),
        "finish": _finish(forecast),
        "calls_per_hour": [
            {"start": time_text(hour), "calls": round(calls, 2)}
            for hour, calls in runs.hours(forecast.asked_at)
        ],
        "calls": vars(runs.band(run.attempts for run in runs.runs)),
        "talk_minutes": _rounded(runs.band(run.talk_seconds / 60 for run in runs.runs)),
        "cost": {
            "telephony": _money(runs.band(run.cost for run in runs.runs), currency),
            "cloud": _money(
                runs.band(cloud_micros(run.attempts, forecast.calls_a_second) for run in runs.runs),
                CLOUD_CURRENCY,
            ),
        },
        "contacts": {
            "total": forecast.contacts,
            "outcomes": {outcome: vars(band) for outcome, band in runs.counts("ended").items()},
            "never_called": [
                *(_unreachable(found) for found in forecast.unreachable),
                *(_reason(reason) | vars(band) for reason, band in runs.counts("unreached").items()),
            ],
        },
        "calls_in_flight": forecast.calls_in_flight,
        "shared_with": forecast.others,
        "assumptions": _assumptions(forecast),
        "runs": len(runs.runs) if forecast.simulated else 0,
        "sampled": runs.weight > 1,
        "each_call_stands_for": runs.weight,
        "seed": forecast.seed,
    }


def _finish(forecast: Forecast) -> dict[str, Any]:
    band = forecast.runs.band(run.finish for run in forecast.runs.runs)
    moments = {
        name: None if seconds is None else time_text(forecast.asked_at + timedelta(seconds=seconds))
        for name, seconds in vars(band).items()
    }
    stopped = forecast.runs.stopped_by()
    return moments | {
        "never": None if stopped is None else _reason(stopped[0]) | {"share": round(stopped[1], 3)}
    }


def _reason(reason: str) -> dict[str, Any]:
    return {"reason": reason, "message": MESSAGES[reason]}


def _unreachable(found: Unreachable) -> dict[str, Any]:
    places = [parse_cohort(cohort) for cohort in found.cohorts]
    return _reason(found.reason) | {
        **vars(Band(found.calls, found.calls, found.calls)),
        "closed_by": list(found.rules),
        "places": [{"place": place or None, "timezones": list(zones)} for place, zones in places],
    }


def _assumptions(forecast: Forecast) -> dict[str, Any]:
    assumed, used = forecast.assumed, forecast.assumed.assumptions
    rates = {
        RATE_NAMES[outcome]: {
            "value": round(used.rates[outcome], 4),
            **_source(STATED if outcome in used.stated else assumed.rates),
        }
        for outcome in OUTCOMES
    }
    return rates | {
        "talk_seconds": _spread(used.talk) | _source(assumed.talk),
        "ring_seconds": _spread(used.ring) | _source(assumed.ring),
        "voicemail_seconds": {"value": used.machine_seconds, **_source(assumed.machine)},
        "turnaround_seconds": {"value": used.turnaround_seconds, **_source(assumed.turnaround)},
    }


def _source(source: Source) -> dict[str, Any]:
    return {"source": source.kind, "measured_over": source.over, "guess_share": round(source.guess, 3)}


def _spread(spread: Spread) -> dict[str, float]:
    shares = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
    return {"mean": round(spread.mean, 1), **{name: round(spread.at(s), 1) for name, s in shares.items()}}


def _money(band: Band, currency: str) -> dict[str, Any]:
    return {name: money_view(int(micros or 0), currency) for name, micros in vars(band).items()}


def _rounded(band: Band) -> dict[str, Any]:
    return {name: round(value or 0.0, 1) for name, value in vars(band).items()}
