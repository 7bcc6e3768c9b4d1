"""Calling hours, against plain examples and against an oracle that looks at the clock minute by minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from service.domain.hours import DAY_MINUTES, Hours, Window
from service.domain.timetable import Part, Timetable

NEW_YORK = "America/New_York"
MON, TUE, FRI, SUN = 0, 1, 4, 6
SCAN_MINUTES = 16 * DAY_MINUTES
MINUTE = timedelta(minutes=1)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def clock(hours: Hours, zone: str) -> Timetable:
    """With these hours and no other rule."""
    return Timetable((Part("hours", zone, hours),))


def window(weekday: int, start: str, end: str) -> Window:
    return Window(weekday, _minutes(start), _minutes(end))


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


ALWAYS = Hours(tuple(window(weekday, "00:00", "24:00") for weekday in range(7)))
OFFICE = Hours(tuple(window(weekday, "09:00", "17:00") for weekday in range(5)))


def test_it_is_open_from_the_start_to_just_before_the_end():
    assert not clock(OFFICE, NEW_YORK).is_open(at("2026-07-06 08:59:59", NEW_YORK))
    assert clock(OFFICE, NEW_YORK).is_open(at("2026-07-06 09:00", NEW_YORK))
    assert clock(OFFICE, NEW_YORK).is_open(at("2026-07-06 16:59:59", NEW_YORK))
    assert not clock(OFFICE, NEW_YORK).is_open(at("2026-07-06 17:00", NEW_YORK))


def test_after_friday_it_opens_on_monday():
    friday_evening = at("2026-07-10 18:00", NEW_YORK)
    assert clock(OFFICE, NEW_YORK).next_opening(friday_evening) == at("2026-07-13 09:00", NEW_YORK)


def test_while_it_is_open_the_next_opening_is_now():
    now = at("2026-07-06 10:15:30", NEW_YORK)
    assert clock(OFFICE, NEW_YORK).next_opening(now) == now


def test_while_it_is_closed_it_closes_now():
    now = at("2026-07-06 08:00", NEW_YORK)
    assert clock(OFFICE, NEW_YORK).closes_at(now) == now


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_starts():
    hours = Hours((window(FRI, "22:00", "02:00"),))
    assert not clock(hours, NEW_YORK).is_open(at("2026-07-10 01:00", NEW_YORK))
    assert clock(hours, NEW_YORK).is_open(at("2026-07-11 01:00", NEW_YORK))
    assert clock(hours, NEW_YORK).closes_at(at("2026-07-10 23:00", NEW_YORK)) == at(
        "2026-07-11 02:00", NEW_YORK
    )


def test_a_window_inside_the_spring_gap_does_not_exist_that_day():
    hours = Hours((window(SUN, "02:15", "02:45"),))  # on 2026-03-08 the clock goes from 02:00 to 03:00
    assert clock(hours, NEW_YORK).next_opening(at("2026-03-08 00:00", NEW_YORK)) == at(
        "2026-03-15 02:15", NEW_YORK
    )


def test_a_window_that_begins_in_the_spring_gap_opens_when_the_gap_ends():
    hours = Hours((window(SUN, "02:30", "05:00"),))
    assert clock(hours, NEW_YORK).next_opening(at("2026-03-08 00:00", NEW_YORK)) == at(
        "2026-03-08 03:00", NEW_YORK
    )


def test_an_hour_that_autumn_repeats_is_open_both_times():
    hours = Hours((window(SUN, "01:00", "02:00"),))  # on 2026-11-01 the clock goes from 02:00 back to 01:00
    opens = at("2026-11-01 01:00", NEW_YORK)
    assert clock(hours, NEW_YORK).is_open(opens + timedelta(minutes=30))
    assert clock(hours, NEW_YORK).is_open(opens + timedelta(minutes=90))
    assert clock(hours, NEW_YORK).closes_at(opens) == opens + timedelta(hours=2)


def test_a_window_that_ends_inside_the_repeated_hour_opens_twice():
    hours = Hours((window(SUN, "00:30", "01:30"),))
    first = at("2026-11-01 00:30", NEW_YORK)
    assert clock(hours, NEW_YORK).closes_at(first) == first + timedelta(hours=1)
    assert clock(hours, NEW_YORK).next_opening(first + timedelta(hours=1)) == first + timedelta(minutes=90)


def test_a_day_that_a_zone_leaves_out_has_no_hours():
    hours = Hours((window(FRI, "09:00", "17:00"),))  # Samoa went from Thursday to Saturday
    thursday = at("2011-12-29 12:00", "Pacific/Apia")
    assert clock(hours, "Pacific/Apia").next_opening(thursday) == at("2012-01-06 09:00", "Pacific/Apia")


def test_adjoining_windows_close_together():
    hours = Hours(
        (window(MON, "09:00", "12:00"), window(MON, "12:00", "24:00"), window(TUE, "00:00", "01:00"))
    )
    assert clock(hours, "UTC").closes_at(at("2026-07-06 10:00")) == at("2026-07-07 01:00")


@pytest.mark.parametrize("moment", ["2026-01-01 00:00", "2026-03-08 06:59:59", "2026-11-01 05:30"])
def test_what_is_always_open_never_closes(moment):
    assert clock(ALWAYS, NEW_YORK).is_open(at(moment))
    assert clock(ALWAYS, NEW_YORK).next_opening(at(moment)) == at(moment)
    assert clock(ALWAYS, NEW_YORK).closes_at(at(moment)) is None


def test_without_windows_it_never_opens():
    assert clock(Hours(), "UTC").next_opening(at("2026-07-06 10:00")) is None
    assert not clock(Hours(), "UTC").is_open(at("2026-07-06 10:00"))


def test_the_minutes_of_a_weekday_are_in_order_and_those_that_touch_are_one():
    hours = Hours(
        (window(MON, "12:00", "24:00"), window(MON, "01:00", "02:00"), window(MON, "09:00", "12:30"))
    )
    assert hours.on(MON) == ((60, 120), (540, DAY_MINUTES))
    assert hours.on(TUE) == ()


def test_a_window_over_midnight_has_minutes_on_the_next_weekday_unless_it_ends_at_midnight():
    assert Hours((window(SUN, "22:00", "02:00"),)).on(MON) == ((0, 120),)
    assert Hours((window(SUN, "22:00", "00:00"),)).on(MON) == ()
    assert Hours((window(SUN, "22:00", "00:00"),)).on(SUN) == ((1320, DAY_MINUTES),)


def test_a_window_that_ends_when_it_starts_is_24_hours():
    hours = Hours((window(SUN, "09:00", "09:00"),))
    assert hours.on(SUN) == ((540, DAY_MINUTES),)
    assert hours.on(MON) == ((0, 540),)


# --- the oracle -----------------------------------------------------------------------------------------


def oracle_is_open(hours: Hours, moment: datetime, zone: ZoneInfo) -> bool:
    local = moment.astimezone(zone)
    minute, today, yesterday = local.hour * 60 + local.minute, local.weekday(), (local.weekday() - 1) % 7
    for each in hours.windows:
        if each.start < each.end:
            if each.weekday == today and each.start <= minute < each.end:
                return True
        elif (each.weekday == today and minute >= each.start) or (
            each.weekday == yesterday and minute < each.end
        ):
            return True
    return False


def oracle_first(hours: Hours, now: datetime, zone: ZoneInfo, *, is_open: bool) -> datetime | None:
    """`now`, else the first whole minute after it, at which it is open or closed."""
    if oracle_is_open(hours, now, zone) is is_open:
        return now
    minute = now.replace(second=0, microsecond=0)
    for _ in range(SCAN_MINUTES):
        minute += MINUTE
        if oracle_is_open(hours, minute, zone) is is_open:
            return minute
    return None


CLOCK_CHANGES = [
    (NEW_YORK, datetime(2025, 3, 9, 7, tzinfo=UTC)),
    (NEW_YORK, datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Europe/London", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/London", datetime(2027, 10, 31, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),  # by half an hour
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),  # a whole day left out
    ("America/Caracas", datetime(2016, 5, 1, 7, tzinfo=UTC)),  # for good, and by half an hour
]
ZONES = sorted({zone for zone, _ in CLOCK_CHANGES} | {"Asia/Kolkata", "Asia/Kathmandu"})
NEW_YEAR = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = st.integers(0, 3 * 365 * DAY_MINUTES).map(lambda minutes: NEW_YEAR + minutes * MINUTE)
NEAR = st.integers(-3 * 86_400, 3 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
VERY_NEAR = st.integers(-180, 180).map(lambda minutes: minutes * MINUTE)

zones_and_moments = st.one_of(
    st.tuples(st.sampled_from(ZONES), DAYS),
    st.builds(
        lambda change, by: (change[0], change[1] + by), st.sampled_from(CLOCK_CHANGES), NEAR | VERY_NEAR
    ),
)
starts = st.sampled_from([0, 60, 90, 120, 150, 180, 540, 1380]) | st.integers(0, DAY_MINUTES - 1)
ends = st.sampled_from([0, 60, 90, 120, 150, 180, 1020, DAY_MINUTES]) | st.integers(0, DAY_MINUTES)
windows = st.builds(Window, st.integers(0, 6), starts, ends)
adjoining = st.builds(
    lambda day, start, middle, end: [Window(day, start, middle), Window(day, middle, end)],
    *(st.integers(0, 6), starts, st.integers(0, DAY_MINUTES - 1), ends),
)
weekdays = st.builds(
    lambda days, start, end: [Window(day, start, end) for day in days],
    *(st.sets(st.integers(0, 6), min_size=5), starts, ends),
)
all_hours = (st.lists(windows, max_size=5) | adjoining | weekdays).map(lambda many: Hours(tuple(many)))
ALL_BUT_THE_GAP = Hours((*ALWAYS.windows[:6], window(SUN, "00:00", "02:00"), window(SUN, "03:00", "24:00")))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(all_hours, zones_and_moments)
@example(ALWAYS, (NEW_YORK, datetime(2026, 3, 8, 6, 59, tzinfo=UTC)))
@example(ALL_BUT_THE_GAP, (NEW_YORK, datetime(2026, 3, 8, 6, 59, tzinfo=UTC)))
@example(Hours((Window(FRI, 0, 0),)), ("Pacific/Apia", datetime(2011, 12, 30, 9, 59, 59, tzinfo=UTC)))
def test_hours_agree_with_a_look_at_the_clock_at_every_minute(hours, zone_and_moment):
    timezone, now = zone_and_moment
    zone = ZoneInfo(timezone)
    assert clock(hours, timezone).is_open(now) is oracle_is_open(hours, now, zone)
    assert clock(hours, timezone).next_opening(now) == oracle_first(hours, now, zone, is_open=True)
    assert clock(hours, timezone).closes_at(now) == oracle_first(hours, now, zone, is_open=False)
