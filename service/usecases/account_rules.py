"""The rules that an account decides itself: changed, and all of its campaigns are told.

Other rules can make calls due earlier than their campaigns sleep for. So after they are stored, every
campaign that has something to do is pulled, also one that is awake: a pass that read the account before may
be about to put it to sleep by the old rules, and then finds it changed. A pass reads campaigns before
accounts: one that reads a campaign after its pull knows the new rules.
"""

import logging
from collections.abc import Callable
from functools import partial

from service.domain.account import Account
from service.domain.errors import Busy
from service.ports import Books, CommitUnknown, Conflict, Outside, StoreUnavailable
from service.usecases import queries
from service.usecases.audit import record_change
from service.usecases.changes import change
from service.usecases.pass_at_once import pass_at_once
from service.usecases.pulling import pull_campaign, pull_clock

CHUNK_CAMPAIGNS = 100  # pulled by one commit
CHUNKS_MAX = 100  # commits of one change

log = logging.getLogger(__name__)


def change_rules(outside: Outside, account: Account, amend: Callable[[Account], Account]) -> Account:
    """They hold from the next claim and the next dial on. A call keeps what was said to it: the moment that
    a cap has put it off to, and the rate of a dial.

    Raises NotFound, Busy, the store's errors, and whatever `amend` raises. Whatever it ended with, repeating
    it does all that was left."""
    changed = store_rules(outside, account, amend)
    pass_at_once(outside, changed.lane)
    return changed


def store_rules(books: Books, account: Account, amend: Callable[[Account], Account]) -> Account:
    """As change_rules, without a pass: the next tick makes it."""
    record = partial(record_change, books)
    changed = change(books.store, Account, account.id, amend, pull_clock(account.lane), record=record)
    assert changed is not None
    try:
        _pull_campaigns(books, changed)
    except (CommitUnknown, Conflict, StoreUnavailable) as error:
        raise Busy(
            "The rules are stored, then the store did not answer: some campaigns may still sleep by the old "
            "ones. Send the same change again."
        ) from error
    return changed


def _pull_campaigns(books: Books, account: Account) -> None:
    """In the order in which they are due. Passes that know the old rules only move a campaign on in that
    order, so that none escapes. Beyond the limit they learn of the new rules when they wake by themselves."""
    after = None
    for _ in range(CHUNKS_MAX):
        found = books.store.find(queries.campaigns_with_work(account.id, CHUNK_CAMPAIGNS, after))
        if found:
            pulls = [pull_campaign(stored.record.id) for stored in found]
            books.store.commit([*pulls, pull_clock(account.lane)])
        if len(found) < CHUNK_CAMPAIGNS:
            return
        after = (found[-1].record.next_due_at, found[-1].record.id)
    log.warning("The account %s has more campaigns than are woken at once.", account.id)
