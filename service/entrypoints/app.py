"""The Flask application: every route, the error table and the receipts around it."""

from flask import Flask

from service.entrypoints import (
    agent_webhook,
    api_account,
    api_accounts,
    api_agents,
    api_audit,
    api_calls,
    api_campaigns,
    api_contacts,
    api_do_not_call,
    api_docs,
    api_events,
    api_export,
    api_forecast,
    api_imports,
    api_keys,
    api_overview,
    api_receipts,
    api_status,
    api_usage,
    api_webhooks,
    api_why,
    call_task,
    event_task,
    tick,
    twilio_message,
    twilio_webhook,
    web,
)
from service.entrypoints.body_limits import register_body_limits
from service.entrypoints.idempotency import register_idempotency
from service.entrypoints.paths import OtherThan
from service.entrypoints.problems import register_problems
from service.entrypoints.rate_limit import register_rate_limit
from service.entrypoints.receipt_line import ReceiptLine
from service.entrypoints.site import EXTENSION, Site

INTERNAL = (tick, call_task, event_task)  # for the scheduler and the task queue


def create_app(site: Site, serves: str = "all") -> Flask:
    """`serves`: as in the settings. What is not served is not there: 404."""
    app = Flask("service", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions[EXTENSION] = site
    app.url_map.converters["other_than"] = OtherThan
    webhooks = (twilio_webhook, twilio_message, agent_webhook)
    apis = (
        api_campaigns,
        api_overview,
        api_imports,
        api_contacts,
        api_export,
        api_forecast,
        api_calls,
        api_why,
        api_do_not_call,
        api_account,
        api_accounts,
        api_agents,
        api_keys,
        api_receipts,
        api_audit,
        api_webhooks,
        api_events,
        api_status,
        api_usage,
    )
    public = (*webhooks, *apis, api_docs, web)
    served = {"all": (*INTERNAL, *public), "web": public, "worker": INTERNAL}[serves]
    for module in served:
        app.register_blueprint(module.blueprint)
    register_body_limits(
        app,
        of_json=[module.blueprint for module in (*apis, *INTERNAL)],
        of_webhooks=[module.blueprint for module in webhooks],
    )
    register_idempotency(app, [module.blueprint for module in apis])
    register_problems(app)
    register_rate_limit(app)
    app.wsgi_app = ReceiptLine(app.wsgi_app, site)  # type: ignore[method-assign]
    return app
