"""Twilio Programmable Voice, over its REST API of 2010-04-01.

Facts are from Twilio's OpenAPI description (github.com/twilio/twilio-oai, twilio_api_v2010) and its
documentation (www.twilio.com/docs: voice/api/call-resource, usage/webhooks, usage/api/applications). Twilio
has no idempotency key: a create request whose answer is lost can only be looked for.

Of an order with ApplicationSid Twilio reports to the application's own address alone, where nobody knows the
attempt: so an application's addresses are read, and stand in the order themselves.
"""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from service.domain.agent import MACHINES, Provider
from service.domain.call import Script
from service.domain.campaign import Machine
from service.domain.errors import Invalid
from service.ports import (
    Answer,
    CallEvent,
    CallOrder,
    Capabilities,
    Heard,
    LostOrder,
    NotSigned,
    Refused,
    TelephonyUnavailable,
    Webhook,
)
from service.providers.provider_api import (
    REQUEST_SECONDS_MAX,
    ProviderApi,
    object_in,
    plain,
    text_within,
    within,
)
from service.providers.reference import reference_in
from service.providers.twilio_signature import CONNECTION_OVERRIDES, Form, form_in, is_signed
from service.providers.twilio_words import ALREADY_ENDED, event_in, event_of, fault_in
from service.providers.twilio_words import ERRORS as ERRORS
from service.providers.twilio_words import STATES as STATES
from service.transport import Http

APPLICATION_SECONDS_MAX = 2.0  # to connect, and for the answer: the hours were looked at before it is read
FIND_CALLS_MAX = 1000  # the largest page; the newest calls come first
FIND_MARGIN_SECONDS = 5  # date_created has no fractions, and Twilio's clock is not the store's

OF_AN_APPLICATION = {
    "Url": "voice_url",
    "Method": "voice_method",
    "FallbackUrl": "voice_fallback_url",
    "FallbackMethod": "voice_fallback_method",
}
EVENTS = ("answered", "completed")  # `ringing` is left out: it decides nothing and costs a request per call


class Twilio:
    name = "twilio"
    capabilities = Capabilities(machines=MACHINES[Provider.TWILIO], recordings=True)

    def __init__(
        self,
        http: Http,
        *,
        account_sid: str,
        auth_token: str,
        webhook_url: str,
        application_sid: str = "",
        base_url: str = "https://api.twilio.com",
        timeout_seconds: float = REQUEST_SECONDS_MAX,
    ) -> None:
        """`webhook_url`: where Twilio reaches this service; each call's own is below it. `application_sid`:
        the TwiML app that speaks where an order has no script. Raises ValueError."""
        self._auth_token = auth_token
        self._webhook_url = webhook_url
        self._application_sid = application_sid
        basic = base64.b64encode(f"{plain(account_sid)}:{plain(auth_token)}".encode()).decode()
        headers = {
            "authorization": f"Basic {basic}",
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        }
        account_url = f"{base_url}/2010-04-01/Accounts/{account_sid}"
        self._api = ProviderApi(http, "Twilio", account_url, headers, timeout_seconds)

    def place(self, order: CallOrder) -> Answer:
        try:
            heard = self._heard(order.script)
        except TelephonyUnavailable as error:
            return Refused(f"The application was not read: {error}", permanent=False)
        form = [
            ("To", order.to),
            ("From", order.caller),
            *heard,
            ("StatusCallback", self._callback_url(order)),
            ("StatusCallbackMethod", "POST"),
            *(("StatusCallbackEvent", event) for event in EVENTS),
            ("Timeout", str(order.ring_seconds)),
            ("TimeLimit", str(order.time_limit_seconds)),
            *self._machine_detection(order),
            *self._recording(order),
        ]
        body = urlencode(form).encode()
        return self._api.create("/Calls.json", body, id_of=lambda said: said.get("sid"), fault_of=fault_in)

    def _heard(self, script: Script | None) -> Form:
        """What the callee hears. Raises TelephonyUnavailable where the application does not tell."""
        if script is not None:
            return (("Url", script.url or ""),) if script.twiml is None else (("Twiml", script.twiml),)
        api = replace(self._api, timeout_seconds=min(APPLICATION_SECONDS_MAX, self._api.timeout_seconds))
        application = api.read("GET", f"/Applications/{self._application_sid}.json")
        addresses = [(field, within(application, name)) for field, name in OF_AN_APPLICATION.items()]
        if not within(application, "voice_url"):
            raise api.unreadable("application, or an address in it,")
        return [(field, str(value)) for field, value in addresses if value]

    def _recording(self, order: CallOrder) -> Form:
        """Its address is posted when it is ready, some time after the call."""
        if not order.record:
            return ()
        url = self._callback_url(order)
        return (
            ("Record", "true"),
            ("RecordingStatusCallback", url),
            ("RecordingStatusCallbackMethod", "POST"),
        )

    def _machine_detection(self, order: CallOrder) -> Form:
        """A person hears the script at once, while it listens for a machine in order to hang up on it; a
        message is left after the tone. Source: www.twilio.com/docs/voice/answering-machine-detection."""
        match order.on_machine:
            case Machine.HANG_UP:
                return (
                    ("MachineDetection", "Enable"),
                    ("AsyncAmd", "true"),
                    ("AsyncAmdStatusCallback", self._callback_url(order)),
                    ("AsyncAmdStatusCallbackMethod", "POST"),
                )
            case Machine.LEAVE_MESSAGE:
                return (("MachineDetection", "DetectMessageEnd"),)
            case Machine.COUNT_AS_ANSWERED:
                return ()

    def look_up(self, provider_id: str) -> CallEvent | None:
        call = self._api.read("GET", f"/Calls/{quote(provider_id, safe='')}.json")
        return None if call is None else self._event(call)

    def find(self, lost: LostOrder) -> list[CallEvent]:
        """By the numbers: Twilio keeps nothing of ours. It can filter by StartTime only, and a call that
        still waits in its queue has none: so all calls between the two numbers are asked for."""
        query = urlencode({"To": lost.to, "From": lost.caller, "PageSize": FIND_CALLS_MAX})
        page = self._api.said(self._api.ask("GET", f"/Calls.json?{query}"))
        earliest = lost.since - timedelta(seconds=FIND_MARGIN_SECONDS)
        try:
            dated = [(_time(call["date_created"]), call) for call in page["calls"]]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._api.unreadable("list of calls") from error
        later = sorted((pair for pair in dated if pair[0] >= earliest), key=lambda pair: pair[0])
        return [self._event(call) for _, call in later]

    def hang_up(self, provider_id: str) -> None:
        ended = urlencode({"Status": "completed"}).encode()
        answer = self._api.ask("POST", f"/Calls/{quote(provider_id, safe='')}.json", ended)
        if answer.status != 404 and object_in(answer).get("code") != ALREADY_ENDED:
            self._api.said(answer)  # raises, unless Twilio did it

    def parse_webhook(self, webhook: Webhook) -> Heard:
        """The address, which is signed, names the attempt."""
        form = form_in(webhook.body)
        if not is_signed(self._auth_token, webhook.headers.get("x-twilio-signature"), webhook.url, form):
            raise NotSigned("The signature does not fit.")
        reference = reference_in("/".join(urlsplit(webhook.url).path.split("/")[-2:]))
        if reference is None:
            raise Invalid("This is not the address of a call.")
        return Heard(reference, event_in(form))

    def _callback_url(self, order: CallOrder) -> str:
        return f"{self._webhook_url}/{order.call_id}/{order.attempt}{CONNECTION_OVERRIDES}"

    def _event(self, call: Any) -> CallEvent:
        if not text_within(call, "sid") or not text_within(call, "status"):
            raise self._api.unreadable("call")
        return event_of(call)


def _time(text: str) -> datetime:
    """RFC 2822, as in `Tue, 31 Aug 2010 20:36:28 +0000`."""
    return parsedate_to_datetime(text).astimezone(UTC)
