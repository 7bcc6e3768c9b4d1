"""How unkind a world is. All probabilities are per request."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    instances: int = 2
    store_refuses: float = 0.01  # UNAVAILABLE, RESOURCE_EXHAUSTED: certainly not applied
    store_aborts: float = 0.01  # ABORTED: a commit that certainly did not land
    store_loses_answer: float = 0.01  # applied, and then an error
    crash: float = 0.002  # the process dies before or after the request
    slow: float = 0.02  # it takes seconds
    stall: float = 0.001  # it takes ten minutes: a zombie wakes
    queue_refuses: float = 0.02
    queue_loses_answer: float = 0.02
    task_copies_max: int = 2  # each task is delivered 1 to so many times
    task_delay_seconds: float = 20.0
    tick_copies: tuple[int, ...] = (1, 1, 2)
    tick_gap: float = 0.0  # that ticks are missing, for up to `tick_gap_hours`
    tick_gap_hours: float = 0.5
    provider_times_out: float = 0.03  # accepted, and the answer is lost
    provider_never_receives: float = 0.03  # and nobody can tell
    provider_refuses: float = 0.05  # 429, or no connection: certainly not processed
    provider_rejects: float = 0.02  # the number, for good
    provider_down: float = 0.05  # look-ups fail
    provider_queue_seconds: float = 0.0  # how long the provider may hold a request back before it rings
    outcomes: tuple[str, ...] = ()  # of the first attempts; what comes after is by chance
    talk_seconds_max: float = 900.0
    webhook_lost: float = 0.05
    webhook_copies_max: int = 2
    webhook_delay_seconds: float = 5.0
    webhook_first: float = 0.1  # a webhook overtakes the create answer
    clock_drift: float = 0.0005  # how fast or slow the instances' counters may run
    campaigns: tuple[int, int] = (1, 2)
    contacts: tuple[int, int] = (2, 7)
    direct_calls: tuple[int, int] = (0, 2)
    numbers: int = 10_000  # that people have; a few only: they are called by several campaigns
    capped: float = 0.2  # accounts that cap how often a number is called
    budgeted: float = 0.15  # campaigns with a budget
    paced: float = 0.15  # campaigns with a limit per minute
    user_steps: tuple[int, int] = (0, 3)  # pauses, resumes, edits, imports, cancels
    lanes: tuple[str, ...] = ("main",)
    calls_in_flight_max: int = 4
    account_calls_in_flight_max: int = 2
    zones: tuple[str, ...] = ("America/New_York", "Europe/London", "Asia/Kolkata")
    starts: tuple[str, ...] = ("2026-03-02T20:00", "2026-06-10T12:00")  # UTC
    unkind_hours: float = 14.0  # how long faults go on
    rest_hours: float = 12.0  # between looks at whether all is over


KIND = Profile(
    store_refuses=0,
    store_aborts=0,
    store_loses_answer=0,
    crash=0,
    slow=0,
    stall=0,
    queue_refuses=0,
    queue_loses_answer=0,
    task_copies_max=1,
    task_delay_seconds=1.0,
    tick_copies=(1,),
    provider_times_out=0,
    provider_never_receives=0,
    provider_refuses=0,
    provider_rejects=0,
    provider_down=0,
    webhook_lost=0,
    webhook_copies_max=1,
    webhook_first=0,
    user_steps=(0, 0),
)
