"""What work costs, as it is counted where it is done."""

from contextlib import AbstractContextManager
from typing import Protocol


class Spent(Protocol):
    """Grows while the work goes on."""

    @property
    def reads(self) -> int: ...
    @property
    def writes(self) -> int: ...
    @property
    def tasks(self) -> int: ...


class Meter(Protocol):
    def measure(self) -> AbstractContextManager[Spent]:
        """What is spent inside, by this request alone; may be nested."""
        ...
