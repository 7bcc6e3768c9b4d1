"""Exported calls as CSV, which no spreadsheet takes for formulas, or as lines of JSON."""

import csv
import json
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any

from service.contacts.export_file import EXPORT_COLUMNS, VARIABLE_PREFIX, safe_cell
from service.domain.call import Call
from service.domain.money import minor_units
from service.entrypoints.views import attempt_view, time_text
from service.usecases.export import Export


class ColumnsChanged(Exception):
    """An import has added variables since the header was sent: the file would lack them."""


def csv_chunks(export: Export) -> Iterator[bytes]:
    """The header, then a chunk for each page."""
    variables = export.campaign.variables
    yield csv_bytes([[*EXPORT_COLUMNS, *(f"{VARIABLE_PREFIX}{name}" for name in variables)]])
    known = frozenset(variables)
    for page in export.pages:
        for call in page:
            if not known.issuperset(call.variables):
                raise ColumnsChanged(f"The call {call.id} has variables that came after the header.")
        yield csv_bytes([[*_row(call).values(), *map(call.variables.get, variables)] for call in page])


def json_chunks(export: Export, *, attempts: bool) -> Iterator[bytes]:
    """A line for each call, with the variables that it has."""
    for page in export.pages:
        lines = [json.dumps(_object(call, attempts), ensure_ascii=False) for call in page]
        yield "".join(f"{line}\n" for line in lines).encode()


def _object(call: Call, attempts: bool) -> dict[str, Any]:
    variables = {f"{VARIABLE_PREFIX}{name}": value for name, value in call.variables.items()}
    listed = {"attempt_list": [attempt_view(attempt) for attempt in call.attempts]} if attempts else {}
    return {**_row(call), **variables, **listed}


def _row(call: Call) -> dict[str, Any]:
    """By EXPORT_COLUMNS, in their order. Times and duration are the last attempt's; the cost is that of all,
    in minor units."""
    last = call.attempts[-1] if call.attempts else None
    values = (
        call.id,
        call.external_id,
        call.to,
        call.name,
        call.state,
        call.state if call.is_final else None,
        len(call.attempts),
        time_text(last.dialed_at) if last else None,
        time_text(last.answered_at) if last else None,
        last.duration_seconds if last else None,
        minor_units(call.cost, last.rate.currency) if last else None,
        last.rate.currency if last else None,
        last.conversation.recording_url if last and last.conversation else None,
    )
    return dict(zip(EXPORT_COLUMNS, values, strict=True))


def csv_bytes(rows: Sequence[Sequence[Any]]) -> bytes:
    text = StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue().encode()
