"""Anyone can post to a provider's webhook: what nobody has signed costs little."""

import tracemalloc

import pytest

from service.entrypoints.body_limits import WEBHOOK_BYTES_MAX
from tests.support.api import Site

MIB = 1024 * 1024
FORM = {"Authorization": "", "Content-Type": "application/x-www-form-urlencoded"}
TWILIO = ["/webhooks/twilio/call_1/1", "/webhooks/twilio/messages/acc_1"]


@pytest.mark.parametrize("path", [*TWILIO, "/webhooks/retell/agt_1", "/webhooks/vapi/agt_1"])
def test_what_no_provider_posts_is_refused_before_anything_is_looked_up(site: Site, path: str) -> None:
    body = b"a" * (WEBHOOK_BYTES_MAX + 1)
    site.send("POST", path, body, FORM).error(413, "too_large")


@pytest.mark.parametrize("path", TWILIO)
@pytest.mark.parametrize(
    "body", [b"a&" * (WEBHOOK_BYTES_MAX // 2), b"%80" * (WEBHOOK_BYTES_MAX // 3), b"a&" * 1000]
)
def test_a_form_of_which_no_field_is_twilio_s_is_not_taken_apart(site: Site, path: str, body: bytes) -> None:
    tracemalloc.start()
    try:
        reply = site.send("POST", path, body, FORM)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    reply.error(403, "forbidden")
    assert peak < 4 * len(body) + MIB
