"""`POST /webhooks/{provider}/{agent}`, and what the provider has behind it: an agent's provider tells of a call."""

from flask import Blueprint
from werkzeug.exceptions import Forbidden

from service.entrypoints.posted import posted_webhook
from service.entrypoints.site import note, site
from service.ports import NotSigned
from service.usecases.agents import hear

blueprint = Blueprint("agent_webhook", __name__)


@blueprint.post("/webhooks/<provider>/<agent_id>")
@blueprint.post("/webhooks/<provider>/<agent_id>/<path:rest>")
def agent_webhook(provider: str, agent_id: str, rest: str = "") -> tuple[str, int]:
    """`rest`: a secret, or a call; whoever knows what it is checks it, in the address as a whole."""
    try:
        heard, changed = hear(site().outside, provider, agent_id, posted_webhook())
    except NotSigned as error:
        raise Forbidden(str(error)) from error
    if heard is not None:
        result = heard.event.state.value if changed else "unchanged"
        note(id=heard.reference.call_id, attempt=heard.reference.attempt, result=result)
    return "", 204
