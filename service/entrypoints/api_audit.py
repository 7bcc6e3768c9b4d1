"""`/api/audit`: what was changed in the account, when and by whom."""

import json
from typing import Any

from flask import Blueprint

from service.domain.audit import AuditRecord
from service.entrypoints.api_key import caller, require_key
from service.entrypoints.paging import asked_cursor, asked_limit, asked_text, page_view, refuse_unknown
from service.entrypoints.site import site
from service.entrypoints.views import time_text
from service.usecases.reading import list_audit

blueprint = Blueprint("api_audit", __name__, url_prefix="/api/audit")
blueprint.before_request(require_key)


@blueprint.get("")
def list_all() -> dict[str, Any]:
    """The newest first."""
    refuse_unknown("limit", "cursor", "thing", "operation")
    thing, operation = asked_text("thing"), asked_text("operation")
    page = list_audit(site().outside, caller(), asked_limit(), asked_cursor(), thing, operation)
    return page_view(page, record_view)


def record_view(record: AuditRecord) -> dict[str, Any]:
    """Whose account a key is of is not shown: it is this one, or says no more than `operator`."""
    by = record.by
    return {
        "id": record.id,
        "created_at": time_text(record.created_at),
        "operation": record.operation,
        "thing": {"kind": record.kind, "id": record.thing},
        "by": {"label": by.label, "key_id": by.key_id, "email": by.email},
        "before": json.loads(record.before),
        "after": json.loads(record.after),
        "request_id": record.request_id,
    }
