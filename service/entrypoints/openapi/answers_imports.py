"""The shapes of imports as they are answered."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from service.contacts.columns import ROLES
from service.domain.imports import ImportStatus
from service.entrypoints.openapi.answer import Answer, Phone
from service.entrypoints.openapi.answers import Rejection


class RejectionOfPart(Rejection):
    part: int


class PartOut(Answer):
    model_config = ConfigDict(title="Part")

    number: int
    rows_total: int
    rows_done: int


class ImportOut(Answer):
    model_config = ConfigDict(title="Import")

    id: str
    campaign_id: str
    created_at: datetime
    status: ImportStatus
    rows_total: int
    rows_done: int
    created: int
    duplicates: int = Field(description="Numbers that the campaign had already.")
    rejected: int
    errors: list[RejectionOfPart] = Field(description="The first 100.")
    report_url: str | None = Field(description="All of them, as CSV.")
    parts: list[PartOut]


class ColumnOut(Answer):
    model_config = ConfigDict(title="Column")

    name: str
    role: Literal[ROLES]  # type: ignore[valid-type]
    examples: list[str]


class ContactPreview(Answer):
    line: int
    phone: Phone
    name: str | None
    timezone: str | None
    external_id: str | None
    not_before: datetime | None
    variables: dict[str, str]


class ImportPreview(Answer):
    columns: list[ColumnOut]
    rows_total: int
    accepted: int
    rejected: int
    errors: list[Rejection]
    contacts: list[ContactPreview] = Field(description="The first 20.")
