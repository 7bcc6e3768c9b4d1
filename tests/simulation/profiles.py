"""Which world a seed gets: most are a little unkind; some are terrible in one way."""

from dataclasses import replace

from tests.simulation.profile import Profile

MILD = Profile()
DAYLIGHT_SAVING = replace(
    MILD,
    zones=(
        "America/New_York",
        "Europe/London",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Asia/Kathmandu",
    ),
    starts=(  # the evenings before clocks change in New York, London and Lord Howe
        "2026-03-07T20:00",
        "2026-11-01T00:00",
        "2026-03-28T20:00",
        "2026-10-24T20:00",
        "2026-04-04T10:00",
        "2026-10-03T10:00",
    ),
)
UNKIND = {
    0: replace(MILD, store_refuses=0.1, store_aborts=0.1, store_loses_answer=0.1),
    1: replace(MILD, store_refuses=0.2, store_aborts=0.15, store_loses_answer=0.15, queue_refuses=0.5),
    2: replace(MILD, crash=0.02),
    3: replace(MILD, webhook_lost=0.3, provider_down=0.3),
    4: replace(MILD, webhook_lost=1.0),
    5: replace(
        MILD,
        task_copies_max=5,
        task_delay_seconds=0.5,
        webhook_copies_max=5,
        webhook_delay_seconds=120,
        instances=4,
    ),
    6: replace(MILD, tick_copies=(2, 4, 16), tick_gap=0.05, tick_gap_hours=24),
    7: replace(MILD, provider_times_out=0.3, provider_never_receives=0.3, provider_refuses=0.2),
    8: replace(MILD, stall=0.02, slow=0.2, webhook_first=0.5),
    9: DAYLIGHT_SAVING,
    10: replace(MILD, user_steps=(3, 6)),
    11: replace(MILD, contacts=(5, 12), campaigns=(2, 3)),
    13: replace(MILD, provider_queue_seconds=170, talk_seconds_max=1200, webhook_lost=0.3),
    14: replace(MILD, numbers=4, provider_times_out=0.1, provider_never_receives=0.1),
    12: replace(MILD, lanes=("main", "second"), calls_in_flight_max=3),
}


def profile_of(seed: int) -> Profile:
    return UNKIND.get(seed % 16, MILD)
