"""What a user makes is done at once, in the request that makes it."""

import logging

from service.domain.errors import Busy
from service.ports import CommitUnknown, Outside, StoreUnavailable
from service.usecases import prompts
from service.usecases.run_pass import run_pass

log = logging.getLogger(__name__)


def pass_at_once(outside: Outside, lane: str) -> None:
    """A pass in this request. If it cannot be had, a task asks for one; if that is lost, the next tick."""
    try:
        run_pass(outside, lane, "request")
    except (Busy, CommitUnknown, StoreUnavailable):
        log.warning("The pass of this request failed; a task makes up for it.", exc_info=True)
        prompts.ask_for_refill(outside, lane, outside.clock.now())
