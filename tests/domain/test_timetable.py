"""Timetables, against plain examples and against an oracle that looks at the clock minute by minute."""

from array import array
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from service.domain.hours import DAY_MINUTES, Hours, Window
from service.domain.timetable import NEXT_OPENING_DAYS_MAX, Part, Timetable

NEW_YORK, LOS_ANGELES, KOLKATA = "America/New_York", "America/Los_Angeles", "Asia/Kolkata"
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def at(text: str, zone: str = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


def days(first: str, count: int) -> frozenset[date]:
    return frozenset(day(first) + by * DAY for by in range(count))


def window(weekday: int, start: str, end: str) -> Window:
    return Window(weekday, _minutes(start), _minutes(end))


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def daily(start: str, end: str) -> Hours:
    return Hours(tuple(window(weekday, start, end) for weekday in range(7)))


def of(hours: Hours | None, zone: str = NEW_YORK, rule: str = "hours", **dates: object) -> Timetable:
    return Timetable((replace(Part(rule, zone, hours), **dates),))


OFFICE = Hours(tuple(window(weekday, "09:00", "17:00") for weekday in range(5)))
NIGHTS = daily("22:00", "02:00")


# --- one rule on the wall clock -------------------------------------------------------------------------


def test_it_is_open_from_the_start_to_just_before_the_end():
    assert not of(OFFICE).is_open(at("2026-07-06 08:59:59.999999"))
    assert of(OFFICE).is_open(at("2026-07-06 09:00"))
    assert of(OFFICE).is_open(at("2026-07-06 16:59:59.999999"))
    assert not of(OFFICE).is_open(at("2026-07-06 17:00"))


def test_after_friday_it_opens_on_monday():
    assert of(OFFICE).next_opening(at("2026-07-10 18:00")) == at("2026-07-13 09:00")


def test_at_the_minute_of_its_end_it_opens_next_time():
    assert of(OFFICE).next_opening(at("2026-07-06 17:00")) == at("2026-07-07 09:00")


def test_while_it_is_open_the_next_opening_is_now():
    assert of(OFFICE).next_opening(at("2026-07-06 10:15:30")) == at("2026-07-06 10:15:30")


def test_while_it_is_closed_it_closes_now():
    assert of(OFFICE).closes_at(at("2026-07-06 08:00")) == at("2026-07-06 08:00")


def test_it_closes_at_the_end_of_the_window():
    assert of(OFFICE).closes_at(at("2026-07-06 10:15:30")) == at("2026-07-06 17:00")


def test_a_moment_may_come_in_any_zone_and_is_answered_in_utc():
    second_half_past_one = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo(NEW_YORK), fold=1)
    always, after_the_fold = of(None), at("2026-11-01 06:30", "UTC")
    assert always.next_opening(second_half_past_one) == after_the_fold
    assert of(OFFICE).closes_at(second_half_past_one) == after_the_fold
    assert of(OFFICE).is_open(datetime(2026, 7, 6, 14, 30, tzinfo=ZoneInfo("Europe/London")))


def test_adjoining_windows_close_together_also_over_midnight():
    hours = Hours(
        (window(MON, "09:00", "12:00"), window(MON, "12:00", "24:00"), window(TUE, "00:00", "01:00"))
    )
    for zone in ("UTC", NEW_YORK, KOLKATA):
        assert of(hours, zone).closes_at(at("2026-07-06 10:00", zone)) == at("2026-07-07 01:00", zone)


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_starts():
    friday_night = of(Hours((window(FRI, "22:00", "02:00"),)))
    assert not friday_night.is_open(at("2026-07-10 01:00"))
    assert friday_night.is_open(at("2026-07-11 01:00"))
    assert friday_night.closes_at(at("2026-07-10 23:00")) == at("2026-07-11 02:00")


def test_a_window_that_ends_when_it_starts_is_24_hours():
    from_friday = of(Hours((window(FRI, "09:00", "09:00"),)))
    assert from_friday.next_opening(at("2026-07-06 00:00")) == at("2026-07-10 09:00")
    assert from_friday.closes_at(at("2026-07-10 09:00")) == at("2026-07-11 09:00")


def test_a_window_inside_the_spring_gap_does_not_exist_that_day():
    inside = of(Hours((window(SUN, "02:15", "02:45"),)))  # on 2026-03-08 the clock goes from 02:00 to 03:00
    assert inside.next_opening(at("2026-03-08 00:00")) == at("2026-03-15 02:15")


def test_a_window_that_begins_in_the_spring_gap_opens_when_the_gap_ends():
    hours = of(Hours((window(SUN, "02:30", "05:00"),)))
    assert hours.next_opening(at("2026-03-08 00:00")) == at("2026-03-08 03:00")


def test_an_hour_that_autumn_repeats_is_open_both_times():
    one_to_two = of(
        Hours((window(SUN, "01:00", "02:00"),))
    )  # on 2026-11-01 the clock goes from 02:00 to 01:00
    opens = at("2026-11-01 01:00")
    assert one_to_two.is_open(opens + 30 * MINUTE)
    assert one_to_two.is_open(opens + 90 * MINUTE)
    assert one_to_two.closes_at(opens) == opens + 120 * MINUTE


def test_a_window_that_ends_inside_the_repeated_hour_opens_twice():
    hours = of(Hours((window(SUN, "00:30", "01:30"),)))
    first = at("2026-11-01 00:30")
    assert hours.closes_at(first) == first + 60 * MINUTE
    assert hours.next_opening(first + 60 * MINUTE) == first + 90 * MINUTE


def test_a_day_that_a_zone_leaves_out_has_no_hours():
    fridays = of(Hours((window(FRI, "09:00", "17:00"),)), "Pacific/Apia")  # from Thursday to Saturday
    assert fridays.next_opening(at("2011-12-29 12:00", "Pacific/Apia")) == at(
        "2012-01-06 09:00", "Pacific/Apia"
    )


# --- always and never -----------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["2026-01-01 00:00", "2026-03-08 06:59:59", "2026-11-01 05:30"])
@pytest.mark.parametrize("always", [Timetable(), of(None), of(daily("00:00", "24:00"))])
def test_what_is_always_open_never_closes(always, moment):
    assert always.is_open(at(moment))
    assert always.next_opening(at(moment)) == at(moment)
    assert always.closes_at(at(moment)) is None
    assert always.closed_by(at(moment)) == ()


@pytest.mark.parametrize("never", [of(Hours()), Timetable((*of(None).parts, Part.never("place")))])
def test_what_is_never_open_does_not_open(never):
    now = at("2026-07-06 10:00")
    assert not never.is_open(now)
    assert never.next_opening(now) is None
    assert never.closes_at(now) == now
    assert list(never.spans(now, now + 30 * DAY)) == []


def test_a_rule_that_is_never_open_is_named():
    unknown = Part.never("unknown_place")
    assert Timetable((*of(None).parts, unknown)).closed_by(at("2026-07-06 10:00")) == (unknown,)


# --- dates ----------------------------------------------------------------------------------------------


def test_before_its_first_day_it_is_closed_and_opens_months_ahead():
    autumn = of(OFFICE, first_day=day("2026-10-03"))  # a Saturday
    assert not autumn.is_open(at("2026-10-02 10:00"))
    assert autumn.next_opening(at("2026-01-05 10:00")) == at("2026-10-05 09:00")


def test_after_its_last_day_it_never_opens_again():
    until_monday = of(OFFICE, last_day=day("2026-07-06"))
    assert until_monday.is_open(at("2026-07-06 16:59"))
    assert not until_monday.is_open(at("2026-07-07 10:00"))
    assert until_monday.next_opening(at("2026-07-06 17:00")) is None


def test_the_last_day_ends_what_would_not_close():
    assert of(None, last_day=day("2026-12-24")).closes_at(at("2026-07-06 10:00")) == at("2026-12-25 00:00")


def test_dates_are_days_of_the_zone():
    one_day = of(None, KOLKATA, first_day=day("2026-07-06"), last_day=day("2026-07-06"))
    spans = list(one_day.spans(at("2026-07-01 00:00"), at("2026-08-01 00:00")))
    assert spans == [(at("2026-07-06 00:00", KOLKATA), at("2026-07-07 00:00", KOLKATA))]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])  # UTC+14, UTC-11
def test_the_first_and_the_last_moment_of_its_days_are_found_far_from_greenwich(zone):
    one_day = of(None, zone, first_day=day("2026-07-06"), last_day=day("2026-07-06"))
    assert one_day.next_opening(at("2026-01-01 00:00")) == at("2026-07-06 00:00", zone)
    assert one_day.next_opening(at("2026-07-06 23:59:59", zone)) == at("2026-07-06 23:59:59", zone)
    assert one_day.closes_at(at("2026-07-06 00:00", zone)) == at("2026-07-07 00:00", zone)
    assert one_day.next_opening(at("2026-07-07 00:00", zone)) is None
    last_minutes = of(daily("23:50", "24:00"), zone, last_day=day("2026-07-06"))
    assert last_minutes.next_opening(at("2026-07-06 00:00", zone)) == at("2026-07-06 23:50", zone)


def test_a_last_day_before_the_first_is_never_open():
    assert (
        of(None, first_day=day("2026-07-07"), last_day=day("2026-07-06")).next_opening(at("2026-01-01 00:00"))
        is None
    )


def test_a_closed_day_is_skipped():
    holiday = of(OFFICE, closed_on=days("2026-07-06", 1))
    assert not holiday.is_open(at("2026-07-06 10:00"))
    assert holiday.next_opening(at("2026-07-05 10:00")) == at("2026-07-07 09:00")


def test_a_closed_day_is_closed_for_the_rest_of_the_window_from_the_evening_before():
    nights = of(NIGHTS, closed_on=days("2026-07-07", 1))
    assert nights.closes_at(at("2026-07-06 23:00")) == at("2026-07-07 00:00")
    assert nights.next_opening(at("2026-07-07 00:00")) == at("2026-07-08 00:00")  # that night's rest


def test_neither_the_first_day_nor_the_last_reaches_over_midnight():
    nights = of(NIGHTS, first_day=day("2026-07-06"), last_day=day("2026-07-07"))
    assert list(nights.spans(at("2026-07-01 00:00"), at("2026-08-01 00:00"))) == [
        (at("2026-07-06 00:00"), at("2026-07-06 02:00")),
        (at("2026-07-06 22:00"), at("2026-07-07 02:00")),
        (at("2026-07-07 22:00"), at("2026-07-08 00:00")),
    ]


def test_dates_mean_the_same_in_the_part_of_the_hours_as_in_one_of_their_own():
    dates = {
        "first_day": day("2026-07-03"),
        "last_day": day("2026-07-20"),
        "closed_on": days("2026-07-06", 3),
    }
    together = of(NIGHTS, **dates)
    apart = Timetable(of(NIGHTS).parts + of(None, **dates).parts)
    july = at("2026-07-01 00:00"), at("2026-08-01 00:00")
    assert list(together.spans(*july)) == list(apart.spans(*july))


def test_a_closed_day_of_25_hours_is_closed_for_all_of_them():
    closed = of(None, closed_on=days("2026-11-01", 1))
    assert closed.next_opening(at("2026-11-01 00:00")) == at("2026-11-01 00:00") + timedelta(hours=25)


def test_a_day_that_the_zone_leaves_out_may_be_first_last_or_closed():
    apia, left_out = "Pacific/Apia", day("2011-12-30")
    thursday, saturday = at("2011-12-29 12:00", apia), at("2011-12-31 00:00", apia)
    assert of(None, apia, first_day=left_out).next_opening(thursday) == saturday
    assert of(None, apia, last_day=left_out).closes_at(thursday) == saturday
    assert of(None, apia, closed_on=frozenset({left_out})).closes_at(thursday) is None


# --- how far it looks -----------------------------------------------------------------------------------


def test_it_looks_past_long_blackouts_but_not_for_ever():
    now, after_400_days = at("2026-01-01 12:00", "UTC"), at("2027-02-05 09:00", "UTC")
    long = of(OFFICE, "UTC", closed_on=days("2026-01-01", NEXT_OPENING_DAYS_MAX))
    assert long.next_opening(now) == after_400_days
    too_long = of(OFFICE, "UTC", closed_on=days("2026-01-01", NEXT_OPENING_DAYS_MAX + 1))
    assert too_long.next_opening(now) is None


def test_what_closes_later_than_it_looks_does_not_close():
    now = at("2026-01-01 12:00", "UTC")
    assert of(None, "UTC", last_day=day("2027-02-04")).closes_at(now) == at("2027-02-05 00:00", "UTC")
    assert of(None, "UTC", last_day=day("2027-02-05")).closes_at(now) is None


def test_a_first_day_is_found_however_far_ahead():
    assert of(OFFICE, first_day=day("2031-05-01")).next_opening(at("2026-01-01 12:00")) == at(
        "2031-05-01 09:00"
    )


def test_dates_at_the_ends_of_the_calendar_do_no_harm():
    now = at("2026-07-06 10:00")
    assert of(None, first_day=date.min, last_day=date.max).closes_at(now) is None
    assert of(OFFICE, first_day=date.min, last_day=date.max).next_opening(now) == now
    assert of(None, first_day=date.max).next_opening(now) is None
    assert of(None, first_day=date.max, last_day=date.max).next_opening(now) is None
    assert of(None, last_day=date.min).next_opening(now) is None


# --- several rules --------------------------------------------------------------------------------------


def test_it_is_open_when_every_part_is():
    both = Timetable(of(OFFICE).parts + of(daily("08:00", "21:00"), LOS_ANGELES, "legal_hours").parts)
    assert both.next_opening(at("2026-07-06 09:00")) == at("2026-07-06 11:00")
    assert both.closes_at(at("2026-07-06 12:00")) == at("2026-07-06 17:00")
    assert not both.is_open(at("2026-07-06 10:59:59"))
    assert both.is_open(at("2026-07-06 11:00"))


def test_rules_that_never_meet_never_open():
    mornings, office = of(daily("09:00", "11:00")), of(daily("09:00", "17:00"), KOLKATA)
    assert Timetable(mornings.parts + office.parts).next_opening(at("2026-07-06 10:00")) is None


def test_rules_that_meet_only_in_winter_open_in_winter():
    new_york, kolkata = of(daily("09:00", "10:00")), of(daily("19:30", "20:00"), KOLKATA)
    both = Timetable(new_york.parts + kolkata.parts)  # 10.5 hours apart in winter, and 9.5 in summer
    assert both.next_opening(at("2026-03-08 12:00")) == at("2026-11-01 09:00")


def test_what_is_closed_by_dates_is_not_taken_for_closed_by_the_hours():
    """A search that leaves out days like one it has seen must see that a blackout makes a day unlike."""
    mondays = of(Hours((window(MON, "09:00", "17:00"),)), closed_on=days("2026-07-01", 60))
    assert mondays.next_opening(at("2026-07-01 00:00")) == at("2026-08-31 09:00")
    assert of(None, closed_on=days("2026-12-25", 1)).closes_at(at("2026-07-01 00:00")) == at(
        "2026-12-25 00:00"
    )


def test_it_says_which_rules_are_closed():
    hours = Part("hours", NEW_YORK, OFFICE)
    legal = Part("legal_hours", LOS_ANGELES, daily("08:00", "21:00"))
    holiday = Part("holiday", NEW_YORK, closed_on=days("2026-07-07", 1))
    timetable = Timetable((hours, legal, holiday))
    assert timetable.closed_by(at("2026-07-06 12:00")) == ()
    assert timetable.closed_by(at("2026-07-06 09:30")) == (legal,)
    assert timetable.closed_by(at("2026-07-07 08:30")) == (hours, legal, holiday)


def test_spans_are_clipped_and_adjoining_ones_are_one():
    since, until = at("2026-07-06 10:15:30"), at("2026-07-08 09:00:01")
    assert list(of(OFFICE).spans(since, until)) == [
        (since, at("2026-07-06 17:00")),
        (at("2026-07-07 09:00"), at("2026-07-07 17:00")),
        (at("2026-07-08 09:00"), until),
    ]
    assert list(of(None).spans(since, until)) == [(since, until)]
    assert list(Timetable().spans(since, until)) == [(since, until)]
    assert list(of(OFFICE).spans(at("2026-07-06 17:00"), at("2026-07-07 09:00"))) == []
    assert list(of(None).spans(since, since)) == []


def test_spans_are_made_as_they_are_asked_for():
    centuries = of(OFFICE).spans(at("2026-07-06 00:00"), at("9000-01-01 00:00"))
    assert next(centuries) == (at("2026-07-06 09:00"), at("2026-07-06 17:00"))


def test_equal_timetables_are_equal_whatever_they_were_asked():
    one, other = of(OFFICE), of(Hours(tuple(OFFICE.windows)))
    one.is_open(at("2026-07-06 10:00"))
    assert one == other
    assert hash(one) == hash(other)
    assert "_clock" not in repr(one)


# --- the oracle -----------------------------------------------------------------------------------------


class Scan:
    """The minutes of some days, by UTC: where each stands on the wall clocks of zones."""

    def __init__(self, since: datetime, days: int) -> None:
        self.since, self.minutes = since, days * DAY_MINUTES
        self.until = since + days * DAY
        self.local_days = [since.date() + by * DAY for by in range(-2, days + 2)]

    @cache  # noqa: B019  # the scans live as long as the tests
    def runs(self, zone: str) -> list[tuple[int, int]]:
        """Where each minute stands among those of `local_days`, as stretches in which the clock runs on."""
        clock, start, first = ZoneInfo(zone), int(self.since.timestamp()), self.local_days[0].toordinal()
        places = array("l")
        for minute in range(self.minutes):
            local = datetime.fromtimestamp(start + 60 * minute, clock)
            places.append((local.toordinal() - first) * DAY_MINUTES + local.hour * 60 + local.minute)
        cuts = [i for i in range(1, self.minutes) if places[i] != places[i - 1] + 1]
        return [
            (places[a], places[b - 1] + 1) for a, b in zip([0, *cuts], [*cuts, self.minutes], strict=True)
        ]

    def open_minutes(self, timetable: Timetable) -> bytes:
        """For each minute 1 or 0."""
        together = int.from_bytes(b"\1" * self.minutes, "big")
        for part in timetable.parts:
            together &= int.from_bytes(self._of_part(part), "big")
        return together.to_bytes(self.minutes, "big")

    def _of_part(self, part: Part) -> bytes:
        week = [bytes(in_hours(part.hours, wday, m) for m in range(DAY_MINUTES)) for wday in range(7)]
        closed = bytes(DAY_MINUTES)
        wall = b"".join(week[d.weekday()] if on_its_days(part, d) else closed for d in self.local_days)
        return b"".join(wall[a:b] for a, b in self.runs(part.zone))


def in_hours(hours: Hours | None, weekday: int, minute: int) -> bool:
    if hours is None:
        return True
    for each in hours.windows:
        own, before = each.weekday == weekday, each.weekday == (weekday - 1) % 7
        if each.start < each.end:
            if own and each.start <= minute < each.end:
                return True
        elif (own and minute >= each.start) or (before and minute < each.end):
            return True
    return False


def on_its_days(part: Part, local_day: date) -> bool:
    after_first = part.first_day is None or local_day >= part.first_day
    before_end = part.last_day is None or local_day <= part.last_day
    return after_first and before_end and local_day not in part.closed_on


# --- timetables by chance -------------------------------------------------------------------------------

STARTS = [0, 30, 60, 90, 120, 125, 150, 180, 540, 1260, 1380, 1439]
ENDS = [0, 1, 60, 90, 120, 135, 150, 180, 1020, 1410, DAY_MINUTES]


def a_window(random: Random) -> Window:
    start = random.choice([*STARTS, random.randrange(DAY_MINUTES)])
    end = random.choice(
        [*ENDS, random.randrange(DAY_MINUTES + 1), start]
    )  # often through midnight, or 24 hours
    return Window(random.randrange(7), start, end)


def some_hours(random: Random) -> Hours | None:
    one = a_window(random)
    weekdays = random.sample(range(7), random.randint(1, 7))
    middle = random.choice([*STARTS, random.randrange(DAY_MINUTES)])
    return random.choice(
        [
            None,
            Hours(tuple(a_window(random) for _ in range(random.randint(1, 5)))),
            Hours(tuple(replace(one, weekday=weekday) for weekday in weekdays)),
            Hours(tuple(Window(weekday, 0, random.choice([0, DAY_MINUTES])) for weekday in weekdays)),
            Hours((replace(one, end=middle), replace(one, start=middle))),
            Hours(
                tuple(Window(d, *m) for d in range(7) for m in ((0, 120), (180, DAY_MINUTES)))
            ),  # but a gap
        ]
    )


def a_part(random: Random, zone: str, scan: Scan) -> Part:
    half = len(scan.local_days) // 2
    jumps = [scan.local_days[place // DAY_MINUTES] for stretch in scan.runs(zone) for place in stretch]

    def a_day(among: list[date] = scan.local_days) -> date:
        """Often one on which the clock jumps."""
        return random.choice([random.choice(among), random.choice(among), random.choice(jumps)])

    long = [(a_day(), random.randint(1, half // 10)) for _ in range(random.randint(1, 8))]
    closed_on = (
        {a_day() for _ in range(4)},
        {first + by * DAY for first, count in long for by in range(count)},
    )
    return Part(
        "a rule",
        zone,
        some_hours(random),
        first_day=random.choice([None, None, a_day(scan.local_days[:half])]),
        last_day=random.choice([None, None, a_day(scan.local_days[half:])]),
        closed_on=frozenset(random.choice([(), *closed_on])),
    )


def timetables(random: Random, zone: str, scan: Scan, count: int) -> Iterator[Timetable]:
    for _ in range(count):
        others = random.sample(ZONES, random.choice([0, 0, 1, 1, 2]))
        yield Timetable(tuple(a_part(random, each, scan) for each in (zone, *others)))


# --- and what they must agree in ------------------------------------------------------------------------


def first(minutes: bytes, scan: Scan, moment: datetime, wanted: int) -> datetime | None:
    """`moment`, else the first whole minute after it, at which it is open or closed."""
    minute = (moment - scan.since) // MINUTE
    found = minutes.find(wanted, minute)
    return moment if found == minute else None if found < 0 else scan.since + found * MINUTE


def assert_agreed(answer: datetime | None, expected: datetime | None, moment: datetime, scan: Scan) -> None:
    if expected is None:
        assert answer is None or answer >= scan.until
    elif answer is None:
        assert expected - moment > NEXT_OPENING_DAYS_MAX * DAY
    else:
        assert answer == expected


def changes_of(minutes: bytes) -> list[int]:
    """The minutes at which it opens or closes."""
    changes, at_minute = [], 0
    while (at_minute := minutes.find(1 - minutes[at_minute], at_minute)) >= 0:
        changes.append(at_minute)
    return changes


def check(timetable: Timetable, scan: Scan, random: Random) -> None:
    minutes = scan.open_minutes(timetable)
    changes = changes_of(minutes)

    edges = [0, *changes, len(minutes)]
    spans = [(a, b) for a, b in pairwise(edges) if minutes[a]]
    expected = [(scan.since + a * MINUTE, scan.since + b * MINUTE) for a, b in spans]
    assert list(timetable.spans(scan.since, scan.until)) == expected

    near = {minute + by for minute in [0, *changes] for by in (-1, 0, 1) if 0 <= minute + by < len(minutes)}
    for minute in near | {random.randrange(len(minutes)) for _ in range(100)}:
        assert timetable.is_open(scan.since + minute * MINUTE) is bool(minutes[minute])

    seconds = [timedelta(seconds=random.randrange(60 * len(minutes))) for _ in range(100)]
    for by in (*(minute * MINUTE for minute in changes), *seconds):
        moment = scan.since + by
        assert_agreed(timetable.next_opening(moment), first(minutes, scan, moment, 1), moment, scan)
        assert_agreed(timetable.closes_at(moment), first(minutes, scan, moment, 0), moment, scan)


ZONES = [
    NEW_YORK,
    "Europe/London",
    "Australia/Lord_Howe",  # its clock changes by half an hour
    KOLKATA,
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Caracas",
]
TWO_YEARS = Scan(datetime(2026, 1, 1, tzinfo=UTC), days=2 * 365)


@pytest.mark.parametrize("zone", ZONES)
def test_two_years_agree_with_a_look_at_the_clock_at_every_minute(zone):
    random = Random(zone)
    for timetable in timetables(random, zone, TWO_YEARS, count=36):
        check(timetable, TWO_YEARS, random)


JUMPS = [
    ("Pacific/Apia", Scan(datetime(2011, 12, 10, tzinfo=UTC), days=40)),  # leaves out 30 December
    ("America/Caracas", Scan(datetime(2007, 11, 20, tzinfo=UTC), days=40)),  # back by half an hour, for good
    ("America/Caracas", Scan(datetime(2016, 4, 10, tzinfo=UTC), days=40)),  # and forth again
    ("America/St_Johns", Scan(datetime(2010, 10, 20, tzinfo=UTC), days=40)),  # from 00:01 into the day before
    ("America/St_Johns", Scan(datetime(2011, 2, 20, tzinfo=UTC), days=40)),  # and over 00:01 to 01:01
    ("Asia/Beirut", Scan(datetime(2021, 10, 10, tzinfo=UTC), days=40)),  # from midnight to 23:00
    ("Asia/Beirut", Scan(datetime(2022, 3, 10, tzinfo=UTC), days=40)),  # from midnight to 01:00
    ("Pacific/Kwajalein", Scan(datetime(1993, 8, 1, tzinfo=UTC), days=40)),  # leaves out 21 August
]


@pytest.mark.parametrize(("zone", "scan"), JUMPS, ids=[f"{zone}-{scan.since:%Y-%m}" for zone, scan in JUMPS])
def test_days_around_a_jump_agree_with_a_look_at_the_clock_at_every_minute(zone, scan):
    random = Random(f"{zone} {scan.since}")
    for timetable in timetables(random, zone, scan, count=60):
        check(timetable, scan, random)
