"""Telnyx Voice, over its Call Control API (v2): an AI assistant speaks.

Facts are from Telnyx's API description, as in its libraries (github.com/team-telnyx/telnyx-python), and from
developers.telnyx.com/docs/voice/programmable-voice: command-retries, receiving-webhooks. A second command
with the same `command_id` is ignored for 60 seconds. Each create request has its own, which keeps one that is
repeated on its way from ringing twice; nothing here relies on it, because nothing here sends one twice.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from service.domain.agent import MACHINES, Agent, Provider
from service.domain.call import State
from service.domain.campaign import Machine
from service.ports import Answer, CallEvent, CallOrder, Capabilities, Heard, LostOrder, Reference, Webhook
from service.providers.provider_api import (
    REQUEST_SECONDS_MAX,
    Fault,
    ProviderApi,
    Said,
    in_words,
    json_headers,
    json_in,
    object_in,
    objects_in,
    text_within,
    within,
)
from service.providers.reference import reference_in, reference_text, whole_seconds
from service.providers.telnyx_signature import check_signature, public_key
from service.providers.telnyx_words import REASONS as REASONS
from service.providers.telnyx_words import STATES as STATES
from service.providers.telnyx_words import event_in
from service.transport import Http

DEDUPE_SECONDS = 60
RING_SECONDS = (5, 600)  # what Telnyx takes
TALK_SECONDS_MAX = 14_400
ACTIVE_CALLS_MAX = 250  # its largest page
ALREADY_ENDED = "90018"


class Telnyx:
    name = "telnyx"
    capabilities = Capabilities(
        finds_by_reference=True,
        dedupe_seconds=DEDUPE_SECONDS,
        tells_outcomes=False,
        machines=MACHINES[Provider.TELNYX],
        recordings=True,
        transcripts=True,
    )

    def __init__(
        self,
        http: Http,
        agent: Agent,
        credentials: Mapping[str, str],
        *,
        webhook_url: str,
        base_url: str = "https://api.telnyx.com/v2",
        timeout_seconds: float = REQUEST_SECONDS_MAX,
    ) -> None:
        """Credentials: `api_key`, and `public_key`, which checks webhooks. Raises KeyError, ValueError."""
        self._agent = agent
        self._public_key = public_key(credentials["public_key"])
        self._webhook_url = webhook_url
        self._api = ProviderApi(
            http, "Telnyx", base_url, json_headers(credentials["api_key"]), timeout_seconds
        )

    def place(self, order: CallOrder) -> Answer:
        shortest, longest = RING_SECONDS
        body: Said = {
            "connection_id": self._agent.connection,
            "to": order.to,
            "from": order.caller,
            "command_id": order.key,
            "client_state": _state_of(order.reference),
            "timeout_secs": min(max(order.ring_seconds, shortest), longest),
            "time_limit_secs": min(order.time_limit_seconds, TALK_SECONDS_MAX),
            "retry_on_timeout": False,  # else it rings on by another route
            "webhook_url": self._webhook_url,
            "webhook_url_method": "POST",
            "assistant": {"id": self._agent.assistant, "dynamic_variables": dict(order.variables)},
        }
        if order.on_machine is Machine.HANG_UP:
            body["answering_machine_detection"] = "detect"
        if order.record:
            body |= {"record": "record-from-answer", "record_format": "mp3", "record_channels": "dual"}
        sent = json.dumps(body).encode()
        return self._api.create("/calls", sent, id_of=_id_in, fault_of=_fault)

    def look_up(self, provider_id: str) -> CallEvent | None:
        """Whether it is over; how it ended only the webhooks say."""
        said = self._api.read("GET", f"/calls/{quote(provider_id, safe='')}")
        if said is None:
            return None
        call = within(said, "data")
        if _id_in(said) is None:
            raise self._api.unreadable("call")
        if call.get("is_alive") or not call.get("end_time"):  # before it begins it is not alive either
            return CallEvent(State.DIALING, provider_id)
        seconds = whole_seconds(call.get("call_duration"))
        return CallEvent(State.UNCONFIRMED, provider_id, seconds, "Telnyx says that it is over, not how.")

    def find(self, lost: LostOrder) -> list[CallEvent]:
        """Among the calls that are on the line now: of those that are over Telnyx keeps no list by ours."""
        path = f"/connections/{quote(self._agent.connection, safe='')}/active_calls"
        said = self._api.read("GET", f"{path}?page[size]={ACTIVE_CALLS_MAX}")
        ours = [call for call in objects_in(within(said, "data")) if _reference_of(call) == lost.reference]
        ids = [text_within(call, "call_control_id") for call in ours]
        return [CallEvent(State.DIALING, id) for id in ids if id]

    def hang_up(self, provider_id: str) -> None:
        answer = self._api.ask("POST", f"/calls/{quote(provider_id, safe='')}/actions/hangup", b"{}")
        if answer.status != 404 and _code_in(object_in(answer)) != ALREADY_ENDED:
            self._api.said(answer)  # raises, unless Telnyx did it

    def parse_webhook(self, webhook: Webhook) -> Heard | None:
        check_signature(self._public_key, webhook)
        data = within(json_in(webhook), "data")
        reference = _reference_of(within(data, "payload"))
        event = event_in(data) if reference else None
        return Heard(reference, event) if reference and event else None


def _id_in(said: Said) -> Any:
    return within(said, "data", "call_control_id")


def _code_in(said: Said) -> object:
    errors = said.get("errors")
    return within(errors[0], "code") if isinstance(errors, list) and errors else None


def _fault(said: Said) -> Fault | None:
    code = _code_in(said)
    return Fault(f"error {code}: {in_words(within(said['errors'][0], 'title'))}") if code else None


def _state_of(reference: Reference) -> str:
    return base64.b64encode(reference_text(reference).encode()).decode()


def _reference_of(call: Any) -> Reference | None:
    try:
        return reference_in(base64.b64decode(str(within(call, "client_state")), validate=True).decode())
    except ValueError:
        return None
