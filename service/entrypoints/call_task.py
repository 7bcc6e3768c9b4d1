"""`POST /tasks/call`: a task carries one claimed call to its handler."""

from typing import Any

from flask import Blueprint, request
from pydantic import BaseModel, ConfigDict

from service.entrypoints.site import note, site
from service.usecases.place_call import place_call

blueprint = Blueprint("call_task", __name__)


class CallTaskIn(BaseModel):
    model_config = ConfigDict(extra="ignore")  # a task made by another revision may say more

    call: str
    campaign: str
    account: str
    callee: str
    attempt: int


@blueprint.post("/tasks/call")
def carry_call() -> dict[str, Any]:
    """Every result is answered 200: it is done. Only what could not be found out is tried again."""
    site().gate.admit(request.headers.get("Authorization"))
    task = CallTaskIn.model_validate_json(request.get_data())
    result = place_call(
        site().outside,
        call=task.call,
        campaign=task.campaign,
        account=task.account,
        callee=task.callee,
        attempt=task.attempt,
    )
    note(id=task.call, attempt=task.attempt, result=result.value)
    return {"success": True, "result": result.value}
