"""Bolna: its agents speak, over its REST API.

Facts are from Bolna's API description (github.com/bolna-ai/skills, references/openapi.yml) and from
www.bolna.ai/docs: list-phone-call-status, post-call/execution-payload. It has no idempotency key, takes no
limits and signs nothing: its webhooks go to an address that nobody can guess, and what they say is not
believed but asked for. Our reference goes out with the variables, and comes back in
`context_details.recipient_data`.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from service.domain.agent import Agent
from service.domain.call import State
from service.ports import (
    Answer,
    CallEvent,
    CallOrder,
    Capabilities,
    Heard,
    LostOrder,
    NotSigned,
    Reference,
    Webhook,
)
from service.providers.provider_api import (
    REQUEST_SECONDS_MAX,
    Fault,
    ProviderApi,
    Said,
    json_headers,
    json_in,
    objects_in,
    spoken_fault,
    webhook_secret,
    within,
)
from service.providers.reference import FIELD, conversation, reference_in, reference_text, whole_seconds
from service.transport import Http

FIND_EXECUTIONS_MAX = 50  # the largest page; the newest come first
FIND_MARGIN_SECONDS = 5  # Bolna's clock is not the store's
TALKED = ("conversation_duration", "conversation_time")  # seconds: the API's reference still has the latter
LOOKED_AT_MAX = 5  # of those, calls to the number that are asked about one by one

STATES = {
    "scheduled": State.DIALING,
    "queued": State.DIALING,
    "rescheduled": State.DIALING,  # by Bolna's own calling hours: switch them off there
    "initiated": State.DIALING,
    "ringing": State.RINGING,
    "in-progress": State.IN_PROGRESS,
    "call-disconnected": State.IN_PROGRESS,  # how long it talked is known some minutes later
    "completed": State.COMPLETED,  # of Bolna's work, not of the call: see _ended
    "busy": State.BUSY,
    "no-answer": State.NO_ANSWER,
    "canceled": State.CANCELED,
    "stopped": State.CANCELED,
    "failed": State.FAILED,
    "error": State.FAILED,
    "balance-low": State.FAILED,
}


class Bolna:
    name = "bolna"
    capabilities = Capabilities(
        finds_by_reference=True, takes_limits=False, ends_live_calls=False, recordings=True, transcripts=True
    )

    def __init__(
        self,
        http: Http,
        agent: Agent,
        credentials: Mapping[str, str],
        *,
        webhook_url: str,
        base_url: str = "https://api.bolna.ai",
        timeout_seconds: float = REQUEST_SECONDS_MAX,
    ) -> None:
        """Credentials: `api_key`, and `webhook_secret`, the end of the address that is entered at Bolna's
        agent: `{webhook_url}/{webhook_secret}`. Raises KeyError, ValueError."""
        self._agent = agent
        self._webhook_url = f"{webhook_url}/{webhook_secret(credentials)}"
        self._api = ProviderApi(
            http, "Bolna", base_url, json_headers(credentials["api_key"]), timeout_seconds
        )

    def place(self, order: CallOrder) -> Answer:
        body = {
            "agent_id": self._agent.assistant,
            "recipient_phone_number": order.to,
            "from_phone_number": order.caller,
            "user_data": {**order.variables, FIELD: reference_text(order.reference)},
            "retry_config": {"enabled": False},
        }
        sent = json.dumps(body).encode()
        return self._api.create("/call", sent, id_of=lambda said: said.get("execution_id"), fault_of=_fault)

    def look_up(self, provider_id: str) -> CallEvent | None:
        execution = self._execution(provider_id)
        return None if execution is None else self._event(execution, provider_id)

    def find(self, lost: LostOrder) -> list[CallEvent]:
        """Bolna's list is short of words: those to the number are asked about one by one."""
        agent = quote(self._agent.assistant, safe="")
        page = f"/v2/agent/{agent}/executions?page_number=1&page_size={FIND_EXECUTIONS_MAX}"
        listed = within(self._api.read("GET", page), "data")
        if not isinstance(listed, list):
            raise self._api.unreadable("list of calls")
        earliest = lost.since - timedelta(seconds=FIND_MARGIN_SECONDS)
        likely = [
            one for one in objects_in(listed) if _to(one) in (lost.to, None) and _is_later(one, earliest)
        ]
        ids = [str(one.get("id")) for one in reversed(likely[:LOOKED_AT_MAX])]
        asked = [(self._execution(id), id) for id in ids]
        return [self._event(one, id) for one, id in asked if _reference_of(one) == lost.reference]

    def hang_up(self, provider_id: str) -> None:
        """Bolna stops what has not begun; a call that goes on it lets go on, and says so."""
        execution = self._execution(provider_id)
        if execution is None or self._event(execution, provider_id).state not in (
            State.DIALING,
            State.RINGING,
        ):
            if within(execution, "status") == "in-progress":
                raise self._api.unreadable("way to end a call that goes on")
            return
        self._api.said(self._api.ask("POST", f"/call/{quote(provider_id, safe='')}/stop", b"{}"))

    def parse_webhook(self, webhook: Webhook) -> Heard | None:
        if not hmac.compare_digest(webhook.url.encode(), self._webhook_url.encode()):
            raise NotSigned("The address does not fit.")
        id = within(json_in(webhook), "id")
        execution = self._execution(str(id)) if id else None
        reference = _reference_of(execution)
        if execution is None or reference is None or execution.get("agent_id") != self._agent.assistant:
            return None
        return Heard(reference, self._event(execution, str(id)))

    def _execution(self, id: str) -> Any:
        return self._api.read("GET", f"/executions/{quote(id, safe='')}")

    def _event(self, execution: Any, id: str) -> CallEvent:
        """Raises TelephonyUnavailable."""
        status = within(execution, "status")
        if not isinstance(status, str):
            raise self._api.unreadable("execution")
        state = STATES.get(status, State.DIALING)
        return _ended(id, state, execution) if _is_over(state) else CallEvent(state, id)


def _is_over(state: State) -> bool:
    return state not in (State.DIALING, State.RINGING, State.IN_PROGRESS)


def _ended(id: str, state: State, execution: Said) -> CallEvent:
    """A call that was declined can be `completed` as well: only one that talked was answered."""
    seconds = whole_seconds(next((execution[name] for name in TALKED if execution.get(name)), 0))
    voicemail = bool(execution.get("answered_by_voice_mail"))
    if state is State.COMPLETED:
        state = State.VOICEMAIL if voicemail else State.NO_ANSWER if seconds == 0 else State.COMPLETED
    kept = conversation(
        transcript=execution.get("transcript"),
        summary=execution.get("summary"),
        recording_url=within(execution, "telephony_data", "recording_url"),
        price=execution.get("total_cost"),
        per_unit=100,
    )
    error = f"Bolna: {execution.get('status')}" if state is State.FAILED else None
    return CallEvent(state, id, seconds, error, voicemail, kept)


def _to(execution: Any) -> object:
    return within(execution, "telephony_data", "to_number")


def _is_later(execution: Any, earliest: datetime) -> bool:
    try:
        return datetime.fromisoformat(execution["created_at"]) >= earliest
    except (KeyError, TypeError, ValueError):
        return True


def _fault(said: Said) -> Fault | None:
    return spoken_fault(said["message"]) if said.get("message") and "error" in said else None


def _reference_of(execution: Any) -> Reference | None:
    return reference_in(within(execution, "context_details", "recipient_data", FIELD))
