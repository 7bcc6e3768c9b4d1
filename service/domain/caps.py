"""How often one number may be dialled by one account, over all its campaigns and direct calls."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Caps:
    """None: no such limit. Days and weeks are rolling ones: any 24 hours, any 7 days."""

    per_day: int | None = None
    per_week: int | None = None  # 1 to callee.DIALS_MAX
    gap_minutes: int | None = None  # between the beginnings of two dials

    @property
    def any(self) -> bool:
        return not (self.per_day is None and self.per_week is None and self.gap_minutes is None)
