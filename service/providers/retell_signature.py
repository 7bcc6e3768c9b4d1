"""How Retell signs its webhooks: docs.retellai.com/features/secure-webhook, and its own libraries."""

import hmac
import re
from hashlib import sha256

from service.ports import NotSigned, Webhook

SIGNATURE_MS_MAX = 300_000
_SIGNATURE = re.compile(r"v=(\d{1,15}),d=([0-9a-f]{64})")


def check_signature(api_key: str, webhook: Webhook) -> None:
    """HMAC-SHA256 of the body as it came and the time, with the API key. Raises NotSigned."""
    given = _SIGNATURE.fullmatch(webhook.headers.get("x-retell-signature", ""))
    if given is None:
        raise NotSigned("There is no signature.")
    signed = hmac.new(api_key.encode(), webhook.body + given[1].encode(), sha256)
    if not hmac.compare_digest(signed.hexdigest(), given[2]):
        raise NotSigned("The signature does not fit.")
    now = webhook.received_at
    if now is None or abs(now.timestamp() * 1000 - int(given[1])) > SIGNATURE_MS_MAX:
        raise NotSigned("It was not signed just now.")
