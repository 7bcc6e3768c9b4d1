"""How Telnyx signs its webhooks: developers.telnyx.com/docs/development/api-fundamentals/webhooks."""

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from service.ports import NotSigned, Webhook

SIGNATURE_SECONDS_MAX = 300


def public_key(text: str) -> Ed25519PublicKey:
    """As Telnyx shows it: 32 bytes in base64. Raises ValueError."""
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


def check_signature(key: Ed25519PublicKey, webhook: Webhook) -> None:
    """Over the time and the body as it came. Raises NotSigned."""
    sent_at = webhook.headers.get("telnyx-timestamp", "")
    try:
        signature = base64.b64decode(webhook.headers.get("telnyx-signature-ed25519", ""))
        key.verify(signature, sent_at.encode() + b"|" + webhook.body)
        signed_at = int(sent_at)
    except (InvalidSignature, ValueError) as error:
        raise NotSigned("The signature does not fit.") from error
    now = webhook.received_at
    if now is None or abs(now.timestamp() - signed_at) > SIGNATURE_SECONDS_MAX:
        raise NotSigned("It was not signed just now.")
