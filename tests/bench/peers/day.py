"""The day of work as Cloud Run bills it by request: all of it in virtual time, from the receipts."""

import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.domain.prices import BILLED_SECONDS_MIN, COLD_START_SECONDS
from service.local.telephone_calls import Fate
from tests.bench.bill import billed_seconds
from tests.bench.call_cost import ALONE_SECONDS
from tests.bench.campaign_run import add_campaign, begin
from tests.bench.peers.network import is_busy_at_first

MIDNIGHT = datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC)
TICKS = 24 * 4
HOURS = {"mon": [{"start": "15:00", "end": "23:00"}]}  # UTC: 09:00 to 17:00 in Chicago, where they are
RETRY = {"retry": {"busy": [{"after_minutes": 15}]}}
RING_SECONDS, TALK_SECONDS = (3.0, 20.0), (60, 420)  # four minutes, on average


def paid_seconds(calls: int, slots: int, retried: float) -> dict[str, float]:
    """Each tick as a start, as in idle_month, though in the window the instance is up; each other request as
    if it had the instance to itself; each dial as if the provider took ALONE_SECONDS to answer."""

    def fate(to: str, _caller: str, calls_before: int) -> Fate:
        if calls_before == 0 and is_busy_at_first(to, retried):
            return Fate("busy")
        dice = random.Random(to)
        return Fate("completed", dice.uniform(*RING_SECONDS), dice.randint(*TALK_SECONDS))

    with tempfile.TemporaryDirectory() as folder:
        world, ledger = begin(Path(folder), slots, fate, start=MIDNIGHT)
        id = add_campaign(world, calls, hours=HOURS, **RETRY)
        ledger.clear()
        world.api("POST", f"/api/campaigns/{id}/start")
        world.run_until(MIDNIGHT + timedelta(days=1))
        answered = sum(ring.outcome == "completed" for ring in world.network.rings())
        spent = ledger.totals()
    assert answered == calls, f"{answered} of {calls} were answered"
    requests = spent["requests"] - TICKS
    seconds = TICKS * billed_seconds(COLD_START_SECONDS + BILLED_SECONDS_MIN) + requests * BILLED_SECONDS_MIN
    return {
        "requests": requests,
        "paid_s": round(seconds + spent["handlers"] * (ALONE_SECONDS - BILLED_SECONDS_MIN)),
    }
