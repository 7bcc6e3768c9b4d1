"""Each test of the suite runs once for each provider."""

from collections.abc import Iterator

import pytest

from tests.providers.conformance.bolna_exchange import BolnaExchange
from tests.providers.conformance.exchange import Exchange
from tests.providers.conformance.retell_exchange import RetellExchange
from tests.providers.conformance.telnyx_exchange import TelnyxExchange
from tests.providers.conformance.twilio_exchange import TwilioExchange
from tests.providers.conformance.vapi_exchange import VapiExchange

EXCHANGES = (TwilioExchange, TelnyxExchange, VapiExchange, RetellExchange, BolnaExchange)


@pytest.fixture(params=EXCHANGES, ids=lambda kind: kind.name)
def exchange(request: pytest.FixtureRequest) -> Iterator[Exchange]:
    exchange: Exchange = request.param()
    yield exchange
    exchange.close()
