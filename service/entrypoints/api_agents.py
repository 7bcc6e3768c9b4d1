"""`/api/agents`: who may speak on the account's calls. All may choose one; admins make them."""

import json
from typing import Any

from flask import Blueprint, Response, request

from service.domain.account import Scope
from service.domain.agent import Agent
from service.entrypoints.api_key import acting, caller, key_in_use, require_key
from service.entrypoints.etags import refuse_stale, tag_of, with_tag
from service.entrypoints.idempotency import new_thing_token
from service.entrypoints.paging import asked_cursor, asked_limit, page_view, refuse_unknown
from service.entrypoints.schemas_agents import AgentIn, agent_view, settings_of
from service.entrypoints.schemas_campaign import Changes
from service.entrypoints.site import site
from service.usecases.agents import (
    AgentWish,
    create_agent,
    edit_agent,
    find_agent,
    list_agents,
    retire_agent,
)

blueprint = Blueprint("api_agents", __name__, url_prefix="/api/agents")
blueprint.before_request(require_key)


@blueprint.get("")
def list_all() -> dict[str, Any]:
    """The oldest first; also those that are retired."""
    refuse_unknown("limit", "cursor")
    return page_view(list_agents(site().outside, caller(), asked_limit(), asked_cursor()), _shown)


@blueprint.post("")
def create() -> tuple[dict[str, Any], int]:
    wish = _wish(request.get_data())
    agent = create_agent(acting("create_agent", agent_view), caller(), wish, new_thing_token())
    return agent_view(agent), 201


@blueprint.get("/<agent_id>")
def show(agent_id: str) -> Response:
    return _tagged(find_agent(site().outside, caller(), agent_id).record)


@blueprint.patch("/<agent_id>")
def edit(agent_id: str) -> Response:
    """What is not sent stays as it is."""
    changes = Changes.validate_json(request.get_data())

    def amend(agent: Agent) -> AgentWish:
        refuse_stale(_tag(agent))
        return _wish(json.dumps(settings_of(agent) | changes))

    return _tagged(edit_agent(acting("edit_agent", agent_view), caller(), agent_id, amend))


@blueprint.delete("/<agent_id>")
def retire(agent_id: str) -> tuple[str, int]:
    retire_agent(acting("retire_agent", agent_view), caller(), agent_id)
    return "", 204


def _wish(body: bytes | str) -> AgentWish:
    return AgentIn.model_validate_json(body, context=caller().id).to_wish()


def _tagged(agent: Agent) -> Response:
    return with_tag(_shown(agent), _tag(agent))


def _tag(agent: Agent) -> str:
    return tag_of(_shown(agent))


def _shown(agent: Agent) -> dict[str, Any]:
    """Where its secret is only admins see."""
    view = agent_view(agent)
    return view if key_in_use().record.scope.covers(Scope.ADMIN) else view | {"secret": None}
