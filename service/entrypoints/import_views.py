"""Imports as the API shows them, and the report of their rejected rows."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any

from service.contacts.columns import roles_of
from service.contacts.contact_file import Contact, Rejection
from service.contacts.contact_list import ContactList
from service.domain.imports import ERRORS_KEPT_MAX, Import, RowError
from service.entrypoints.export_rows import csv_bytes
from service.entrypoints.views import time_text

CONTACTS_SHOWN_MAX = 20  # of a preview
EXAMPLES_MAX = 3  # of a column
REPORT_ROWS = 1_000  # in one piece
REPORT_COLUMNS = ("part", "line", "column", "value", "code", "message")


def import_view(record: Import, base_url: str) -> dict[str, Any]:
    rejected = record.total("rejected")
    return {
        "id": record.id,
        "campaign_id": record.campaign_id,
        "created_at": time_text(record.created_at),
        "status": record.status,
        "rows_total": record.total("rows_total"),
        "rows_done": record.total("rows_done"),
        "created": record.total("created"),
        "duplicates": record.total("duplicates"),
        "rejected": rejected,
        "errors": [asdict(error) for error in record.errors],
        "report_url": f"{base_url}/api/imports/{record.id}/errors" if rejected else None,
        "parts": [
            {"number": part.number, "rows_total": part.rows_total, "rows_done": part.rows_done}
            for part in record.parts
        ],
    }


def preview_view(file: ContactList) -> dict[str, Any]:
    """All rows are read, as an import would read them."""
    contacts: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    accepted = 0
    for row in file.rows():
        if isinstance(row, Contact):
            accepted += 1
            if len(contacts) < CONTACTS_SHOWN_MAX:
                contacts.append(_contact_view(row))
        elif len(errors) < ERRORS_KEPT_MAX:
            errors.append(asdict(row))
    return {
        "columns": _columns(file),
        "rows_total": file.rows_total,
        "accepted": accepted,
        "rejected": file.rows_total - accepted,
        "errors": errors,
        "contacts": contacts,
    }


def report_chunks(errors: Iterable[RowError]) -> Iterator[bytes]:
    """The report as CSV, its header first."""
    yield csv_bytes([REPORT_COLUMNS])
    rows = (tuple(asdict(error).values()) for error in errors)
    while some := list(islice(rows, REPORT_ROWS)):
        yield csv_bytes(some)


def _contact_view(contact: Contact) -> dict[str, Any]:
    return {
        "line": contact.line,
        "phone": contact.phone,
        "name": contact.name,
        "timezone": contact.timezone,
        "external_id": contact.external_id,
        "not_before": time_text(contact.not_before),
        "variables": contact.variables,
    }


def _columns(file: ContactList) -> list[dict[str, Any]]:
    examples: list[list[str]] = [[] for _ in file.table.header]
    rows = (row for row in file.table.rows() if not isinstance(row, Rejection))
    for _, row in zip(range(CONTACTS_SHOWN_MAX), rows, strict=False):
        for seen, cell in zip(examples, row.cells, strict=False):
            if cell and len(seen) < EXAMPLES_MAX:
                seen.append(cell)
    named = zip(file.table.header, roles_of(file.columns), examples, strict=True)
    return [{"name": name, "role": role, "examples": seen} for name, role, seen in named]
