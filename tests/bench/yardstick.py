"""What the machine is worth just now: CPU times that were taken minutes apart are compared by it.

In the same process as what is compared: from one process to the next the same work takes up to a seventh more
or less, however quiet the machine is.
"""

from collections.abc import Iterator
from pathlib import Path

from tests.bench.campaign_run import add_campaign, answered_at_once, begin, carry

SLOTS = 100
CONTACTS = 1_000


def yardstick(folder: Path) -> Iterator[float]:
    """CPU milliseconds of a call of small campaigns, of one hundred calls after the other. The first hundred
    of a campaign, which find all lines free, are not among them."""
    folder.mkdir()
    world, ledger = begin(folder, SLOTS, answered_at_once)
    while True:
        world.api("POST", f"/api/campaigns/{add_campaign(world, CONTACTS)}/start")
        for number in range(CONTACTS // SLOTS):
            ledger.clear()
            carry(world, ledger, SLOTS)
            if number > 0:
                spent = ledger.totals()
                yield spent["cpu_milliseconds"] / spent["completed"]
