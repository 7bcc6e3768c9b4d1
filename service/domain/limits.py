"""The limits of the whole system, from its settings."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from service.domain.account import Account
from service.domain.lane import DEFAULT_LANE

LEASE_MARGIN_SECONDS = 180  # a provider may hold a request back before it rings, and tell of its end late


@dataclass(frozen=True)
class Limits:
    lanes: tuple[str, ...] = (DEFAULT_LANE,)
    calls_in_flight_max: int = 10  # in all lanes together
    account_calls_in_flight_max: int = 2  # for an account that has no limit of its own
    ring_seconds: int = 30  # how long the provider lets it ring
    time_limit_seconds: int = 3600  # when the provider ends a call

    def of_lane(self, lane: str) -> int:
        """Its share of the calls in flight: a limit that spans lanes is divided, so that each keeps its part
        without asking the others. A lane that is not in the settings any more may only end what it has."""
        if lane not in self.lanes:
            return 0
        share, left = divmod(self.calls_in_flight_max, len(self.lanes))
        return share + (1 if self.lanes.index(lane) < left else 0)

    def lane_for(self, account_id: str) -> str:
        """The lane of a new account: they are spread evenly, and each stays where it is."""
        return self.lanes[int(sha256(account_id.encode()).hexdigest(), 16) % len(self.lanes)]

    @property
    def lease(self) -> timedelta:
        """What a provider may take with one call that it was told these limits for."""
        return timedelta(seconds=self.ring_seconds + self.time_limit_seconds + LEASE_MARGIN_SECONDS)

    def of_account(self, account: Account) -> int:
        own = account.calls_in_flight_max
        return self.account_calls_in_flight_max if own is None else own
