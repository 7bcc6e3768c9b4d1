"""How Twilio signs its webhooks: www.twilio.com/docs/usage/webhooks/webhooks-security."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import parse_qsl, urlsplit

from service.ports import NotSigned

# A webhook that fails is sent again up to five times (rc), whatever went wrong (rp), within 15 seconds:
# www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
CONNECTION_OVERRIDES = "#rc=5&rp=4xx,5xx,ct,rt"

# Many times what Twilio posts. A form is read before it is known who has sent it.
FORM_BYTES_MAX = 64 * 1024
FORM_FIELDS_MAX = 500

Form = Sequence[tuple[str, str]]
SignatureCheck = Callable[[str | None, str, Form], bool]  # of a signature, the URL and the form


def form_in(body: bytes) -> list[tuple[str, str]]:
    """Raises NotSigned for what Twilio would never post."""
    if len(body) > FORM_BYTES_MAX:
        raise NotSigned("The form is too large.")
    try:
        text = body.decode(errors="replace")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=FORM_FIELDS_MAX)
    except ValueError:
        raise NotSigned("The form has too many fields.") from None


def sign(auth_token: str, url: str, form: Form) -> str:
    """X-Twilio-Signature: of the URL, then every distinct field and its value, sorted, nothing between."""
    text = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def is_signed(auth_token: str, signature: str | None, url: str, form: Form) -> bool:
    given = (signature or "").encode()
    expected = (sign(auth_token, spelling, form).encode() for spelling in _spellings(url))
    return any(hmac.compare_digest(given, one) for one in expected)


def _spellings(url: str) -> Iterator[str]:
    """What Twilio may have signed for a URL. Some of its callbacks are signed with the port and some without
    it, so its own libraries accept both (github.com/twilio/twilio-python/pull/477). Whether the fragment that
    asks for more tries is signed is not documented."""
    parts = urlsplit(url)
    host = re.sub(r":\d+$", "", parts.netloc)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    for netloc in (host, f"{host}:{port}"):
        spelling = parts._replace(netloc=netloc).geturl()
        yield from (spelling, spelling + CONNECTION_OVERRIDES)
