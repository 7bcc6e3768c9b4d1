"""Who is let in, as OpenAPI says it: a key, or a person with an ID token; and what each scope may."""

from service.entrypoints.api_key import ACCOUNT_HEADER
from service.entrypoints.openapi.operation import Schema

SECURITY: list[Schema] = [{"key": []}, {"person": []}, {"person": [], "account": []}]  # one of these
SCHEMES: Schema = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key, `rv_...`."},
    "person": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Where the service lets people sign in: an ID token of Google or Firebase, with a "
        "verified e-mail address that one of the account's keys has as its `email`.",
    },
    "account": {
        "type": "apiKey",
        "in": "header",
        "name": ACCOUNT_HEADER,
        "description": "Which account, of a person who is in several: else 403, with their ids in `details`.",
    },
}
SCOPES = (
    "A key has a scope, and each may do what those before it may. `read` looks, and asks for forecasts and "
    "previews. `operate` also runs campaigns and calls. `admin` also changes the account's rules, makes, "
    "changes and retires agents, and alone sees and changes keys and webhooks and sees the audit. `system` "
    "is for whoever operates the service: all accounts. Too little is a 403 that names the scope needed."
)
