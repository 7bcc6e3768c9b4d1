"""Records as the API shows them."""

from collections.abc import Sequence
from typing import Any

from service.domain.call import Attempt, Call, Conversation, Script, State
from service.domain.campaign import AgentShare, Campaign, CampaignSettings, Status
from service.domain.hours import WEEKDAYS, Hours
from service.domain.lane import AWAKE
from service.domain.money import minor_units
from service.domain.pass_receipt import PassReceipt
from service.entrypoints.tick_answer import time_text as time_text
from service.usecases.explain import Waiting
from service.usecases.import_contacts import ZONE_VARIABLE


def money_view(micros: int, currency: str) -> dict[str, Any]:
    """In minor units, a part of one counted as one."""
    return {"amount": minor_units(micros, currency), "currency": currency}


def campaign_view(campaign: Campaign, currency: str) -> dict[str, Any]:
    """`currency`: the account's."""
    awake = campaign.next_due_at == AWAKE
    return {
        "id": campaign.id,
        "name": campaign.settings.name,
        "status": campaign.status,
        "paused_reason": campaign.paused_reason,
        "created_at": time_text(campaign.created_at),
        **settings_view(campaign.settings, currency),
        "awake": awake and campaign.status is Status.RUNNING,
        "next_due_at": None if awake else time_text(campaign.next_due_at),
    }


def campaign_record(campaign: Campaign, currency: str) -> dict[str, Any]:
    """For the audit: what users decide, not what passes move."""
    return {
        "status": campaign.status,
        "paused_reason": campaign.paused_reason,
        **settings_view(campaign.settings, currency),
    }


def settings_view(settings: CampaignSettings, currency: str) -> dict[str, Any]:
    """What its user decides, in the form in which it is sent."""
    budget = settings.budget
    return {
        "name": settings.name,
        "timezone": settings.timezone,
        "hours": hours_view(settings.hours),
        "hours_zone": settings.zone_of,
        "start_date": settings.first_day and settings.first_day.isoformat(),
        "end_date": settings.last_day and settings.last_day.isoformat(),
        "blackout_dates": [day.isoformat() for day in settings.blackout],
        "holidays": list(settings.holidays),
        "retry": {
            outcome: [{"after_minutes": minutes} for minutes in settings.retry.ladder(State(outcome))]
            for outcome in ("busy", "no_answer", "voicemail", "failed")
        },
        "limits": {
            "calls_in_flight": settings.calls_in_flight_max,
            "calls_per_minute": settings.calls_per_minute_max,
            "budget": None if budget is None else money_view(budget, currency),
        },
        "pace": settings.pace,
        "weight": settings.weight,
        "from": list(settings.callers) or None,
        "script": script_view(settings.script),
        "agent": agent_setting(settings.agents),
        "on_machine": settings.on_machine,
        "on_unknown": settings.on_unknown,
    }


def script_view(script: Script | None) -> dict[str, Any] | None:
    """Without what it does not say."""
    return None if script is None else {name: value for name, value in vars(script).items() if value}


def agent_setting(agents: Sequence[AgentShare]) -> str | list[dict[str, Any]] | None:
    """One is named; several are, each with its weight."""
    if len(agents) < 2:
        return agents[0].agent_id if agents else None
    return [{"agent": share.agent_id, "weight": share.weight} for share in agents]


def hours_view(hours: Hours | None) -> dict[str, Any] | None:
    if hours is None:
        return None
    view: dict[str, Any] = {}
    for window in hours.windows:
        shown: dict[str, Any] = {"start": _clock(window.start), "end": _clock(window.end)}
        if window.end <= window.start:
            shown["overnight"] = True
        view.setdefault(WEEKDAYS[window.weekday], []).append(shown)
    return view


def call_view(call: Call) -> dict[str, Any]:
    last = call.attempts[-1] if call.attempts else None
    return {
        "id": call.id,
        "campaign_id": None if call.campaign_id.startswith("direct_") else call.campaign_id,
        "to": call.to,
        "from": call.caller or (last.caller if last else None),
        "name": call.name,
        "variables": call.variables,
        "external_id": call.external_id,
        "agent": call.agent_id,
        "state": call.state,
        "due_at": time_text(call.due_at),
        "callback_at": time_text(call.callback_at),
        "attempt": call.attempt,
        "trouble": call.trouble,
        "attempts": [attempt_view(attempt) for attempt in call.attempts],
        "outcome": call.state if call.is_final else None,
        "cost": money_view(call.cost, last.rate.currency) if last else None,
        "created_at": time_text(call.created_at),
        "finished_at": time_text(call.finished_at),
    }


def waiting_view(campaign_id: str, parts: Sequence[Waiting]) -> dict[str, Any]:
    """What waits, summed up by the rule that decides."""
    return {
        "campaign_id": campaign_id,
        "total": sum(part.count for part in parts),
        "waiting": [
            {"rule": part.rule, "count": part.count, "until": time_text(part.until), "timezone": part.zone}
            for part in parts
        ],
    }


def contact_view(call: Call) -> dict[str, Any]:
    """Whom a call of a campaign is for, and how far it is."""
    return {
        "call_id": call.id,
        "phone": call.to,
        "name": call.name,
        "variables": call.variables,
        "external_id": call.external_id,
        "timezone": call.variables.get(ZONE_VARIABLE),
        "state": call.state,
        "due_at": time_text(call.due_at),
        "created_at": time_text(call.created_at),
    }


def receipt_view(receipt: PassReceipt, account_id: str) -> dict[str, Any]:
    """To one of the accounts that the pass did something for: its own number of calls; and the cost, unless
    that would tell how much others have to do."""
    awake = receipt.next_wake == AWAKE
    return {
        "at": time_text(receipt.at),
        "reason": receipt.reason,
        "claimed": receipt.claimed[account_id],
        "awake": awake,
        "next_wake": None if awake else time_text(receipt.next_wake),
        "reads": None if receipt.shared else receipt.reads,
        "writes": None if receipt.shared else receipt.writes,
        "tasks": None if receipt.shared else receipt.tasks,
    }


def call_record(call: Call) -> dict[str, Any]:
    """For the audit, which outlives what was said of a contact: the least that tells the change."""
    return {
        "to": call.to,
        "from": call.caller,
        "external_id": call.external_id,
        "state": call.state,
        "due_at": time_text(call.due_at),
        "callback_at": time_text(call.callback_at),
        "called_off": call.called_off,
    }


def attempt_view(attempt: Attempt) -> dict[str, Any]:
    """Without the owner's token, which is nobody else's."""
    kept = attempt.conversation or Conversation()
    return {
        "number": attempt.number,
        "dialed_at": time_text(attempt.dialed_at),
        "answered_at": time_text(attempt.answered_at),
        "ended_at": time_text(attempt.ended_at),
        "outcome": attempt.outcome,
        "from": attempt.caller,
        "provider": attempt.provider,
        "provider_id": attempt.provider_id,
        "agent": attempt.agent_id,
        "answered_by": "machine" if attempt.machine else None,
        "duration_seconds": attempt.duration_seconds,
        "cost": None if attempt.cost is None else money_view(attempt.cost, attempt.rate.currency),
        "provider_cost": None if kept.charged is None else money_view(kept.charged, kept.currency),
        "recording_url": kept.recording_url,
        "transcript": kept.transcript,
        "summary": kept.summary,
        "rules_version": attempt.rules_version or None,
        "error": attempt.error,
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
