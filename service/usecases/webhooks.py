"""An account's webhooks: made, changed, taken away.

What all of them together want is kept with the account, in the same commit. That commit needs the account as
it was read: so of two changes at once one is made anew, and the limit of webhooks holds exactly.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from service.domain import webhook as hooks
from service.domain.account import Account
from service.domain.errors import Busy, Invalid, NotFound, WrongState
from service.domain.lane import AWAKE, Wake
from service.domain.webhook import WEBHOOKS_MAX, EventType, Webhook
from service.ports import Conflict, Courier, Create, Merge, Outside, Stored, Update, Write
from service.usecases import event_queries
from service.usecases.audit import record_change
from service.usecases.changes import CHANGE_TRIES_MAX


@dataclass(frozen=True)
class NewWebhook:
    url: str
    events: tuple[EventType, ...]


def create_webhook(
    outside: Outside, courier: Courier, account: Account, wanted: NewWebhook, token: str | None = None
) -> Webhook:
    """Calls that are claimed from now on are told of. `token` names it; repeated with the same one, the
    webhook that is there already. Raises Invalid, WrongState, Busy, the store's errors."""
    refuse_url(courier, wanted.url)
    webhook = Webhook(
        f"whk_{token or outside.new_token()}", account.id, wanted.url, wanted.events, outside.clock.now()
    )
    for _ in range(CHANGE_TRIES_MAX):
        read = _account(outside, account)
        others = list_webhooks(outside, account)
        made = next((other for other in others if other.id == webhook.id), None)
        if made is not None:
            return made
        if len(others) >= WEBHOOKS_MAX:
            raise WrongState(f"An account has at most {WEBHOOKS_MAX} webhooks: delete one first.")
        sweep = Merge(Wake, account.lane, {"at": AWAKE, "has_webhooks": True})
        try:
            recorded = record_change(outside, None, webhook)
            outside.store.commit([Create(webhook), _notify(read, [*others, webhook]), sweep, *recorded])
            return webhook
        except Conflict:
            continue
    raise _kept_changing()


def change_webhook(
    outside: Outside, account: Account, id: str, decide: Callable[[Webhook], Webhook]
) -> Webhook:
    """`decide` is given the webhook that the commit is based on. Raises NotFound, Busy, the store's errors,
    and whatever `decide` raises."""
    for _ in range(CHANGE_TRIES_MAX):
        read, stored = _account(outside, account), _find(outside, account, id)
        changed = decide(stored.record)
        others = [other for other in list_webhooks(outside, account) if other.id != id]
        recorded = record_change(outside, stored.record, changed)
        try:
            outside.store.commit(
                [Update(changed, stored.version), _notify(read, [*others, changed]), *recorded]
            )
            return changed
        except Conflict:
            continue
    raise _kept_changing()


def rotate_secret(outside: Outside, account: Account, id: str) -> Webhook:
    """As change_webhook. For a day the secret before signs as well."""
    return change_webhook(outside, account, id, lambda hook: hooks.rotate(hook, now=outside.clock.now()))


def delete_webhook(outside: Outside, account: Account, id: str) -> None:
    """Raises NotFound, Busy, the store's errors."""
    change_webhook(outside, account, id, lambda hook: replace(hook, deleted=True))


def find_webhook(outside: Outside, account: Account, id: str) -> Webhook:
    """Raises NotFound, also for another account's, and for one that was deleted."""
    return _find(outside, account, id).record


def list_webhooks(outside: Outside, account: Account) -> list[Webhook]:
    """All, the oldest first."""
    found = outside.store.find(event_queries.webhooks_of_account(account.id, WEBHOOKS_MAX))
    return [stored.record for stored in found]


def refuse_url(courier: Courier, url: str) -> None:
    """Raises Invalid."""
    refusal = courier.refusal(url)
    if refusal is not None:
        raise Invalid.field("url", refusal)


def _find(outside: Outside, account: Account, id: str) -> Stored[Webhook]:
    stored = outside.store.get(Webhook, id)
    if stored is None or stored.record.account_id != account.id or stored.record.deleted:
        raise NotFound(f"There is no webhook {id}.")
    return stored


def _account(outside: Outside, account: Account) -> Stored[Account]:
    """Read before its webhooks are."""
    stored = outside.store.get(Account, account.id)
    if stored is None:
        raise NotFound(f"There is no account {account.id}.")
    return stored


def _notify(read: Stored[Account], webhooks: list[Webhook]) -> Write:
    return Update(replace(read.record, notify=hooks.wanted_by(webhooks)), read.version)


def _kept_changing() -> Busy:
    return Busy("The account's webhooks kept changing. Nothing was changed: try again.")
