"""Each test of the suite runs once for each provider, and for each case that the provider has."""

from collections.abc import Iterator

import pytest

from tests.providers.conformance.bolna_exchange import BolnaExchange
from tests.providers.conformance.exchange import Exchange
from tests.providers.conformance.retell_exchange import RetellExchange
from tests.providers.conformance.telnyx_exchange import TelnyxExchange
from tests.providers.conformance.twilio_exchange import TwilioExchange
from tests.providers.conformance.vapi_exchange import VapiExchange

EXCHANGES: tuple[type[Exchange], ...] = (
    TwilioExchange,
    TelnyxExchange,
    VapiExchange,
    RetellExchange,
    BolnaExchange,
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What a provider does not have (see `of_each` and `where`) is no test of its."""
    if "exchange" not in metafunc.fixturenames:
        return
    has = getattr(metafunc.function, "where", lambda _: True)
    kinds = [kind for kind in EXCHANGES if has(kind)]
    name, cases_of = getattr(metafunc.function, "of_each", ("", None))
    if cases_of is None:
        metafunc.parametrize("exchange", kinds, indirect=True, ids=[kind.name for kind in kinds])
        return
    cases = [(kind, case) for kind in kinds for case in cases_of(kind)]
    ids = [f"{kind.name}-{case}" for kind, case in cases]
    metafunc.parametrize(("exchange", name), cases, indirect=["exchange"], ids=ids)


@pytest.fixture
def exchange(request: pytest.FixtureRequest) -> Iterator[Exchange]:
    exchange: Exchange = request.param()
    yield exchange
    exchange.close()
