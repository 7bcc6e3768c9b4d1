"""The story of one campaign, in time-lapse: evening, night, a day of calls, and the next morning."""

import json
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from service.commands.demo_report import Ledger, print_report
from service.commands.demo_screen import Screen
from service.local.time_lapse import TimeLapse
from service.receipts import Receipt

ZONE = "America/Chicago"
EVENING = datetime(2026, 3, 2, 21, 0, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)  # a Monday
DAYS_MAX = 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CAMPAIGN: dict[str, Any] = {
    "name": "Appointment reminders",
    "timezone": ZONE,
    "hours": {day: [{"start": "09:00", "end": "17:00"}] for day in WEEKDAYS},
    "retry": {
        "busy": [{"after_minutes": 20}, {"after_minutes": 60}],
        "no_answer": [{"after_minutes": 300}, {"after_minutes": 180}],  # some of them come back after 17:00
    },
    "limits": {"calls_in_flight": 2},
    "script": {"twiml": "<Response><Say>Hello {name}, see you on {day}.</Say></Response>"},
}
RETRY_MINUTES = {
    outcome: tuple(step["after_minutes"] for step in ladder) for outcome, ladder in CAMPAIGN["retry"].items()
}


def demo(*, contacts: str | None, seed: int) -> int:
    """0: every promise held."""
    try:
        file = Path(contacts).read_bytes() if contacts else made_up_contacts()
    except OSError as error:
        print(f"{contacts}: {error.strerror}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="reveille-demo-") as folder:
        return _play(Path(folder), file, seed)


def made_up_contacts() -> bytes:
    """A hundred, with numbers that are kept for fiction."""
    rows = [f"+1312555{100 + i:04},Contact {i + 1},{WEEKDAYS[i % 5]}" for i in range(100)]
    return "\n".join(["phone,name,day", *rows]).encode()


def _play(folder: Path, file: bytes, seed: int) -> int:
    screen = Screen(ZoneInfo(ZONE))
    ledger = Ledger()

    def on_receipt(receipt: Receipt) -> None:
        ledger.add(receipt)
        screen.show(receipt, world.clock.now())

    world = TimeLapse.begin(folder, EVENING, seed=seed, on_receipt=on_receipt)
    campaign_id = _create(world, file, screen)
    if campaign_id is None:
        return 1
    _live_through(world, campaign_id, screen)
    screen.end()
    return print_report(world, campaign_id, ledger, ZoneInfo(ZONE), RETRY_MINUTES)


def _create(world: TimeLapse, file: bytes, screen: Screen) -> str | None:
    """What an operator does at 21:00."""
    campaign_id: str = world.api("POST", "/api/campaigns", CAMPAIGN)["id"]
    try:
        imported = world.api("POST", f"/api/campaigns/{campaign_id}/contacts", file)
    except ValueError as error:
        print(f"The list cannot be used. {_message(error)}", file=sys.stderr)
        return None
    screen.say(
        world.clock.now(),
        f"campaign created from {imported['rows_total']} rows: {imported['created']} calls, "
        f"{imported['rejected']} rejected; 09:00-17:00, two at a time",
    )
    for rejected in imported["errors"]:
        screen.say(world.clock.now(), f"line {rejected['line']}: {rejected['message']}")
    if not imported["created"]:
        print("The list has no number that can be called.", file=sys.stderr)
        return None
    world.api("POST", f"/api/campaigns/{campaign_id}/start")
    return campaign_id


def _message(error: ValueError) -> str:
    """What the API said, for a person."""
    return str(json.loads(str(error))["error"]["message"])


def _live_through(world: TimeLapse, campaign_id: str, screen: Screen) -> None:
    """To the end of the campaign, and then for some hours in which nobody asks to be woken."""
    last_day = EVENING + timedelta(days=DAYS_MAX)
    finished = False
    look_at = EVENING
    while world.clock.now() < last_day:
        world.step(last_day)
        if world.clock.now() >= look_at:
            shown = _look(world, campaign_id)
            screen.progress(shown["progress"], world.clock.now())
            finished = shown["status"] == "finished"
            if finished:
                break
            look_at = world.clock.now() + timedelta(minutes=5)
    if not finished:
        screen.say(
            world.clock.now(), f"not finished after {DAYS_MAX} days: the list is long for two at a time"
        )
        return
    screen.say(world.clock.now(), "the campaign is finished; three more hours:")
    world.run_until(world.clock.now() + timedelta(hours=3))


def _look(world: TimeLapse, campaign_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = world.api("GET", f"/api/campaigns/{campaign_id}")
    return shown
