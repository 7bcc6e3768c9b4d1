"""Who makes work pulls the clock, blindly and in the same commit; then the work is done at once."""

import logging

from service.domain.campaign import Campaign
from service.domain.errors import Busy
from service.domain.lane import AWAKE, Wake
from service.ports import CommitUnknown, Merge, Outside, StoreUnavailable
from service.usecases import prompts
from service.usecases.run_pass import run_pass

log = logging.getLogger(__name__)


def pull_clock(lane: str) -> Merge:
    return Merge(Wake, lane, {"at": AWAKE})


def pull_campaign(campaign_id: str) -> Merge:
    return Merge(Campaign, campaign_id, {"next_due_at": AWAKE})


def pass_at_once(outside: Outside, lane: str) -> None:
    """A pass in this request. If it cannot be had, a task asks for one; if that is lost, the next tick."""
    try:
        run_pass(outside, lane, "request")
    except (Busy, CommitUnknown, StoreUnavailable):
        log.warning("The pass of this request failed; a task makes up for it.", exc_info=True)
        prompts.ask_for_refill(outside, lane, outside.clock.now())
