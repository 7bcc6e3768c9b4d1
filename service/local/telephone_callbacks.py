"""The telephone network's webhooks: signed status callbacks, sent again if nobody takes them."""

from datetime import datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, urldefrag, urlencode

from service.local.telephone_book import Callback
from service.local.telephone_calls import PhoneCall
from service.providers.twilio_signature import sign
from service.transport import AnswerLost, Http, NotSent

POST_SECONDS_MAX = 15.0
RETRY_SECONDS = (1, 1, 2, 4, 7)  # before each further try: Twilio's have 15 seconds in all
RECORDING_SECONDS = 2  # after the end, until the recording is ready
RETRIES = 1  # unless the URL's fragment asks for another number, as `#rc=5` does

EVENTS = {"ringing": "ringing", "in-progress": "answered"}  # `initiated` is not known here
SIP_CODES = {"completed": "200", "busy": "486", "no-answer": "487", "canceled": "487", "failed": "404"}


def is_wanted(call: PhoneCall) -> bool:
    """Whether the caller asked to hear of the state that the call is in. Every end counts as `completed`."""
    event = "completed" if call.ended_at else EVENTS.get(call.status)
    return event in call.callback_events


def form_of(call: PhoneCall, account_sid: str, at: datetime) -> list[tuple[str, str]]:
    form = {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "CallSid": call.sid,
        "CallStatus": call.status,
        "CallbackSource": "call-progress-events",
        "Called": call.to,
        "Caller": call.caller,
        "Direction": "outbound-api",
        "From": call.caller,
        "SequenceNumber": str(call.callbacks),
        "Timestamp": format_datetime(at),
        "To": call.to,
    }
    if call.ended_at:
        form["CallDuration"] = str(call.duration_seconds)
        form["Duration"] = str(-(-call.duration_seconds // 60))  # in minutes begun
        form["SipResponseCode"] = SIP_CODES[call.status]
    return list(form.items())


def recording_form_of(call: PhoneCall, account_sid: str) -> list[tuple[str, str]]:
    """Source: www.twilio.com/docs/voice/api/recording, recording status callbacks."""
    url = call.recording_url or ""
    form = {
        "AccountSid": account_sid,
        "CallSid": call.sid,
        "RecordingSid": url.rpartition("/")[2],
        "RecordingUrl": url,
        "RecordingStatus": "completed",
        "RecordingDuration": str(call.duration_seconds),
        "RecordingChannels": "1",
        "RecordingSource": "OutboundAPI",
    }
    return list(form.items())


def post(http: Http, auth_token: str, callback: Callback) -> bool:
    """Whether it was taken."""
    url = urldefrag(callback.url).url
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "user-agent": "TwilioProxy/1.1",
        "x-twilio-signature": sign(auth_token, url, callback.form),
    }
    body = urlencode(callback.form).encode()
    try:
        answer = http.request("POST", url, headers=headers, body=body, timeout_seconds=POST_SECONDS_MAX)
    except (NotSent, AnswerLost):
        return False
    return 200 <= answer.status < 300


def retry_delay(callback: Callback) -> timedelta | None:
    """How long to wait after a callback that was not taken; None: it is given up."""
    asked = parse_qs(urldefrag(callback.url).fragment).get("rc", [str(RETRIES)])
    if callback.tries >= min(int(asked[0]), len(RETRY_SECONDS)):
        return None
    return timedelta(seconds=RETRY_SECONDS[callback.tries])
