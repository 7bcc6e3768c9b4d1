"""Imports as the API shows them, and the report of their rejected rows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

from service.contacts.columns import NoPhoneColumn, roles_of
from service.contacts.contact_file import Contact, Rejection, Table
from service.contacts.contact_list import ContactList
from service.domain.imports import ERRORS_KEPT_MAX, Import, RowError
from service.entrypoints.export_rows import csv_bytes
from service.entrypoints.views import time_text

CONTACTS_SHOWN_MAX = 20  # of a preview
HEADER_LINE = 1
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
        "columns": _columns(file.table, roles_of(file.columns)),
        "rows_total": file.rows_total,
        "accepted": accepted,
        "rejected": file.rows_total - accepted,
        "errors": errors,
        "contacts": contacts,
    }


def phoneless_view(table: Table, lacking: NoPhoneColumn) -> dict[str, Any]:
    """A preview where no column is known to hold the numbers: no row is a contact."""
    (detail,) = lacking.details
    return {
        "columns": _columns(table, lacking.roles),
        "rows_total": table.rows_total,
        "accepted": 0,
        "rejected": table.rows_total,
        "errors": [asdict(Rejection(HEADER_LINE, None, "", detail.code, detail.message))],
        "contacts": [],
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


def _columns(table: Table, roles: Sequence[str]) -> list[dict[str, Any]]:
    examples: list[list[str]] = [[] for _ in table.header]
    rows = (row for row in table.rows() if not isinstance(row, Rejection))
    for _, row in zip(range(CONTACTS_SHOWN_MAX), rows, strict=False):
        for seen, cell in zip(examples, row.cells, strict=False):
            if cell and len(seen) < EXAMPLES_MAX:
                seen.append(cell)
    named = zip(table.header, roles, examples, strict=True)
    return [{"name": name, "role": role, "examples": seen} for name, role, seen in named]
