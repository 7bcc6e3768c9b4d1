"""What can be wrong with a request. One type with a stable code; entrypoints map codes to HTTP."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Detail:
    """What is wrong with one field."""

    field: str
    code: str
    message: str


class Problem(Exception):
    """A request that cannot be carried out. `message` may be shown to a person."""

    code = "invalid"

    def __init__(self, message: str, *details: Detail) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class Invalid(Problem):
    """A field's value cannot be used. Nothing was stored."""

    code = "invalid"

    @classmethod
    def field(cls, name: str, message: str, code: str = "invalid") -> "Invalid":
        return cls(f"{name}: {message}", Detail(name, code, message))


class Forbidden(Problem):
    """Who asks is known, and may not do this."""

    code = "forbidden"


class NotFound(Problem):
    """No such thing, or another account's."""

    code = "not_found"


class WrongState(Problem):
    """The thing is in a state that does not allow this."""

    code = "wrong_state"

    @classmethod
    def of(cls, message: str, field: str, state: str, *allowed: str) -> "WrongState":
        """`field`: where it shows its `state`; `allowed`: the states that would do."""
        wanted = ", ".join(sorted(allowed))
        return cls(message, Detail(field, state, f"is {state}; this needs {wanted}"))


class Stale(Problem):
    """The thing is not any more as whoever changes it has seen it. Nothing was changed."""

    code = "stale"


class IdempotencyMismatch(Problem):
    """The key was used for another request. Nothing was done."""

    code = "idempotency_mismatch"


class IdempotencyInProgress(Problem):
    """A request with the key is under way. This one has done nothing: try again."""

    code = "idempotency_in_progress"


class Busy(Problem):
    """Others kept changing the same documents. Nothing was changed: try again."""

    code = "busy"
