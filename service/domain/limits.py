"""The limits of the whole system, from its settings."""

from dataclasses import dataclass

from service.domain.account import Account


@dataclass(frozen=True)
class Limits:
    calls_in_flight_max: int = 10  # in the lane
    account_calls_in_flight_max: int = 2  # for an account that has no limit of its own
    ring_seconds: int = 30  # how long the provider lets it ring
    time_limit_seconds: int = 3600  # when the provider ends a call

    def of_account(self, account: Account) -> int:
        own = account.calls_in_flight_max
        return self.account_calls_in_flight_max if own is None else own
