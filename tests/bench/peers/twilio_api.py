"""What both peers know of Twilio: how a call is made, and how its webhooks are signed."""

import base64
import hmac
import os

import requests
from requests.adapters import HTTPAdapter

ACCOUNT, TOKEN = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]
CALLS = f"{os.environ['TWILIO_BASE_URL']}/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
PUBLIC_URL = os.environ["PUBLIC_BASE_URL"]
CALLER = "+14155550100"
ANSWER_SECONDS_MAX = 15
DIALS_AT_ONCE_MAX = 10

session = requests.Session()  # connections are kept
session.auth = (ACCOUNT, TOKEN)
session.mount("http://", HTTPAdapter(pool_maxsize=DIALS_AT_ONCE_MAX))


def place(to: str, call: str, attempt: int) -> str:
    """The provider's id of the call. Raises requests' errors."""
    form = {
        "To": to,
        "From": CALLER,
        "Twiml": "<Response/>",
        "Timeout": 30,
        "TimeLimit": 3600,
        "StatusCallback": f"{PUBLIC_URL}/status/{call}/{attempt}",
        "StatusCallbackEvent": ["answered", "completed"],
    }
    answer = session.post(CALLS, data=form, timeout=ANSWER_SECONDS_MAX)
    answer.raise_for_status()
    sid: str = answer.json()["sid"]
    return sid


def is_signed(path: str, form: dict[str, str], signature: str) -> bool:
    text = PUBLIC_URL + path + "".join(name + form[name] for name in sorted(form))
    made = base64.b64encode(hmac.digest(TOKEN.encode(), text.encode(), "sha1")).decode()
    return hmac.compare_digest(made, signature)
