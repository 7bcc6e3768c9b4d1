"""`POST /webhooks/{provider}/{agent}`: the provider of an agent tells of its calls."""

from flask import Blueprint
from werkzeug.exceptions import Forbidden

from service.entrypoints.posted import posted_webhook
from service.entrypoints.site import note, site
from service.ports import NotSigned
from service.usecases.agents import hear

blueprint = Blueprint("agent_webhook", __name__)


@blueprint.post("/webhooks/<provider>/<agent_id>")
@blueprint.post("/webhooks/<provider>/<agent_id>/<path:rest>")
def agent_webhook(provider: str, agent_id: str, **_rest: str) -> tuple[str, int]:
    """What stands behind the agent, a secret or a call, is checked by the adapter, with the whole address."""
    try:
        heard, changed = hear(site().outside, provider, agent_id, posted_webhook())
    except NotSigned as error:
        raise Forbidden(str(error)) from error
    if heard is not None:
        result = heard.event.state.value if changed else "unchanged"
        note(id=heard.reference.call_id, attempt=heard.reference.attempt, result=result)
    return "", 204
