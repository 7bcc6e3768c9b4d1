"""`POST /tasks/event`: a task carries one round of an event to its handler."""

from typing import Any

from flask import Blueprint, request
from pydantic import BaseModel, ConfigDict

from service.entrypoints.schemas_webhooks import body_of
from service.entrypoints.site import note, site
from service.usecases.deliver_event import deliver_event

blueprint = Blueprint("event_task", __name__)


class EventTaskIn(BaseModel):
    model_config = ConfigDict(extra="ignore")  # a task made by another revision may say more

    event: str
    round: int


@blueprint.post("/tasks/event")
def carry_event() -> dict[str, Any]:
    """Every result is answered 200: the next round has a task of its own."""
    site().gate.admit(request.headers.get("Authorization"))
    task = EventTaskIn.model_validate_json(request.get_data())
    result = deliver_event(site().outside, site().courier, task.event, task.round, body_of)
    note(kind="event", id=task.event, round=task.round, result=result.value)
    return {"success": True, "result": result.value}
