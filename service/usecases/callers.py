"""Caller numbers: which one a call shows, and how many calls each may have in flight and a day."""

from collections.abc import Mapping
from hashlib import sha256

from service.domain.account import Account
from service.domain.call import Call
from service.domain.campaign import Campaign
from service.ports import Outside
from service.usecases import queries

AREA_DIGITS = 5  # +1 and an area code: from there on, more digits in common are no nearer


def callers_of(call: Call, campaign: Campaign, account: Account, day: str = "") -> tuple[str, ...]:
    """Those that it may show, the best first: its own; of the campaign's pool the one that it showed earlier
    that day, else those of the callee's own area, by turns; else the account's."""
    if call.caller:
        return (call.caller,)
    pool = pool_of(campaign, account)
    if len(pool) < 2:
        return pool
    if call.day == day and call.day_line in pool:
        return (call.day_line,)
    first = int(sha256(f"{call.id}/{call.attempt}".encode()).hexdigest(), 16) % len(pool)
    return tuple(sorted((*pool[first:], *pool[:first]), key=lambda caller: -_in_common(caller, call.to)))


def pool_of(campaign: Campaign, account: Account) -> tuple[str, ...]:
    """The numbers of a campaign's calls that have none of their own."""
    return campaign.settings.callers or ((account.caller,) if account.caller else ())


def _in_common(caller: str, to: str) -> int:
    """Leading characters, + included."""
    length = AREA_DIGITS
    while not to.startswith(caller[:length]):
        length -= 1
    return length


class Callers:
    """The room that is left on the caller numbers of one pass; counted when first asked for, and only where
    the account has a limit for them."""

    def __init__(self, accounts: Mapping[str, Account], days: Mapping[str, str]) -> None:
        self._accounts = accounts
        self._days = days
        self._room: dict[tuple[str, str], int] = {}

    def take(self, outside: Outside, call: Call, campaign: Campaign) -> tuple[bool, str | None]:
        """Takes a slot of a caller number that the call may show: whether there is one, and which."""
        account = self._accounts[campaign.account_id]
        callers = callers_of(call, campaign, account, self._days[account.id])
        limited = (account.caller_calls_in_flight_max, account.caller_calls_a_day_max) != (None, None)
        if not callers or not limited:
            return True, callers[0] if callers else None
        for caller in callers:
            if self._room_of(outside, account, caller) > 0:
                self._room[account.id, caller] -= 1
                return True, caller
        return False, None

    def _room_of(self, outside: Outside, account: Account, caller: str) -> int:
        key = (account.id, caller)
        if key not in self._room:
            self._room[key] = self._counted(outside, account, caller)
        return self._room[key]

    def _counted(self, outside: Outside, account: Account, caller: str) -> int:
        rooms = []
        if account.caller_calls_in_flight_max is not None:
            live = outside.store.count(queries.live_of_line(account.id, caller))
            rooms.append(account.caller_calls_in_flight_max - live)
        if account.caller_calls_a_day_max is not None:
            dials = outside.store.sum(
                queries.of_line_on(account.id, caller, self._days[account.id]), "day_dials"
            )
            rooms.append(account.caller_calls_a_day_max - dials)
        return min(rooms)
