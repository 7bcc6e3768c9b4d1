"""`POST /queue/process`: for the scheduler, wake tasks and refill tasks alike."""

import time
from typing import Annotated, Any

from flask import Blueprint, request
from pydantic import BaseModel, ConfigDict, StringConstraints

from service.domain.lane import AWAKE
from service.entrypoints.site import note, site
from service.entrypoints.tick_answer import WORD, tick_answer, tick_facts
from service.usecases.run_pass import PassReport, run_passes, together

blueprint = Blueprint("tick", __name__)


Word = Annotated[str, StringConstraints(pattern=WORD)]


class TickIn(BaseModel):
    """The scheduler posts no body."""

    model_config = ConfigDict(extra="ignore")

    lane: Word | None = None  # None: every lane
    reason: Word = "tick"


@blueprint.post("/queue/process")
@blueprint.post("/api/queue/process")
def process_queue() -> dict[str, Any]:
    began = time.perf_counter()
    site().gate.admit(request.headers.get("Authorization"))
    asked = TickIn.model_validate_json(request.get_data() or b"{}")
    lanes = (asked.lane,) if asked.lane else site().outside.limits.lanes
    report = together(run_passes(site().outside, lanes, asked.reason))
    note(**tick_facts(report.processed, asked.lane, asked.reason, report.reason, len(report.claimed)))
    if report.processed:
        note(uncertain=report.in_doubt)
    return _answer(report, round((time.perf_counter() - began) * 1000))


def _answer(report: PassReport, milliseconds: int) -> dict[str, Any]:
    awake = report.next_wake == AWAKE
    answer = tick_answer(report.processed, report.reason, report.next_wake, awake, milliseconds)
    if report.processed:
        answer |= {
            "claimed": len(report.claimed),
            "redispatched": report.redispatched,
            "reconciled": report.reconciled,
            "inFlight": report.in_flight,
        }
    return answer
