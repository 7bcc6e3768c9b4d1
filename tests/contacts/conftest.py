from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from service.contacts.contact_file import ContactFile
from service.contacts.csv_file import read_contacts
from service.domain.account import Account
from service.rules.rulebook import Rulebook


@pytest.fixture
def account() -> Account:
    return Account(
        id="acc_1",
        name="Acme",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        default_country="US",
        allowed_countries=("US", "CA", "GB", "DE"),
    )


@pytest.fixture
def read(account) -> Callable[..., ContactFile]:
    """Reads a file given as its text (in UTF-8) or its bytes."""

    def read(file: str | bytes, **options) -> ContactFile:
        return read_contacts(file.encode() if isinstance(file, str) else file, account, Rulebook(), **options)

    return read
