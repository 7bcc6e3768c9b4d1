"""Caller numbers: which one a call shows, and how many calls each may have in flight."""

from collections.abc import Mapping

from service.domain.account import Account
from service.domain.call import Call
from service.domain.campaign import Campaign
from service.ports import Outside
from service.usecases import queries


def caller_of(call: Call, campaign: Campaign, account: Account) -> str | None:
    """Its own, else the campaign's, else the account's."""
    return call.caller or campaign.settings.caller or account.caller


class Callers:
    """The room that is left on the caller numbers of one pass; counted when first asked for, and only where
    the account has a limit for them."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = accounts
        self._room: dict[tuple[str, str], int] = {}

    def take(self, outside: Outside, account_id: str, caller: str | None) -> bool:
        """Takes a slot of the caller number; False: it is in full use."""
        most = self._accounts[account_id].caller_calls_in_flight_max
        if most is None or caller is None:
            return True
        key = (account_id, caller)
        if key not in self._room:
            self._room[key] = most - outside.store.count(queries.live_of_line(account_id, caller))
        if self._room[key] <= 0:
            return False
        self._room[key] -= 1
        return True
