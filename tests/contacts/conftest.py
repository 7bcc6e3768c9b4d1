from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from service.contacts.contact_file import Contact, Rejection
from service.contacts.contact_list import open_contacts
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


@dataclass
class ReadFile:
    rows_total: int
    contacts: list[Contact] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)


@pytest.fixture
def read(account) -> Callable[..., ReadFile]:
    """Reads a file given as its text (in UTF-8) or its bytes."""

    def read(file: str | bytes, **options) -> ReadFile:
        data = file.encode() if isinstance(file, str) else file
        opened = open_contacts(data, account, Rulebook(), **options)
        whole = ReadFile(opened.rows_total)
        for row in opened.rows():
            (whole.contacts if isinstance(row, Contact) else whole.rejections).append(row)
        return whole

    return read
