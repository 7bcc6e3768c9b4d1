"""Which calls of a list are wanted, and the query that finds them: each has an index of its own.

Of a cursor and the bound on its side only one is asked for: with three bounds of one field, SQLite
passes over the index that has the state as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.domain.call import Call, State
from service.ports import Condition, Query
from service.usecases import queries


@dataclass(frozen=True)
class CallFilter:
    """None: any. In a list of an account's calls, `to` goes with no state."""

    state: State | None = None
    to: str | None = None  # E.164
    since: datetime | None = None  # created then or later
    until: datetime | None = None  # created before then

    def of_account(self, account_id: str, limit: int, after: tuple[Any, ...] | None) -> Query[Call]:
        """The newest first."""
        created = self._created()
        if after is not None and self.until is not None:  # one of the two implies the other
            created, after = (created[:-1], after) if after[0] < self.until else (created, None)
        if self.to is not None:
            if self.state is not None:
                raise ValueError("No index serves a number together with a state.")
            return queries.calls_of_account_to(account_id, self.to, limit, after, created)
        if self.state is not None:
            return queries.calls_of_account_in(account_id, self.state, limit, after, created)
        return queries.calls_of_account(account_id, limit, after, created)

    def of_campaign(self, campaign_id: str, limit: int, after: tuple[Any, ...] | None) -> Query[Call]:
        """In the order of the import, to whatever number."""
        created = self._created()
        if after is not None and self.since is not None:
            created, after = (created[1:], after) if after[0] >= self.since else (created, None)
        if self.state is not None:
            return queries.calls_of_campaign_in(campaign_id, self.state, limit, after, created)
        return queries.calls_of_campaign(campaign_id, limit, after, created)

    def admits(self, call: Call) -> bool:
        return (
            self.state in (None, call.state)
            and self.to in (None, call.to)
            and (self.since is None or call.created_at >= self.since)
            and (self.until is None or call.created_at < self.until)
        )

    def _created(self) -> tuple[Condition, ...]:
        return tuple(self._bounds())

    def _bounds(self) -> Iterator[Condition]:
        if self.since is not None:
            yield "created_at", ">=", self.since
        if self.until is not None:
            yield "created_at", "<", self.until


ALL = CallFilter()
