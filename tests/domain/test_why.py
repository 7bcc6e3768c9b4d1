"""What a call that waits is told of the law. All else is looked at through the API, in test_why.py there."""

from service.domain.account import Account
from service.domain.hours import Hours, Window
from service.domain.legal import LegalRule
from service.domain.timetable import Part, Timetable
from service.domain.why import Block, why
from tests.domain.records import NOON, after, running, waiting

AFTERNOON = Hours(tuple(Window(weekday, 13 * 60, 18 * 60) for weekday in range(7)))
LAW = LegalRule("US-XX", AFTERNOON, False, "Code § 1", "2026-11", confirmed=False)


def block_of(part: Part) -> Block:
    timetable = Timetable((part,))
    (block,) = why(waiting(), running(), Account("acc_1", "one", NOON), None, timetable, LAW, (), NOON).blocks
    return block


def test_the_law_that_closes_is_cited_and_how_it_is_known() -> None:
    block = block_of(Part("legal_hours", "UTC", LAW.hours))
    assert block.message.endswith("(UTC): Code § 1 (by a secondary source, read in 2026-11).")
    assert block.until == after(hours=1)


def test_where_the_contacts_zone_is_not_known_no_law_is_cited() -> None:
    assert block_of(Part.never("legal_hours")).message.endswith("or none are known (UTC).")


def test_the_campaigns_own_hours_cite_no_law() -> None:
    assert block_of(Part("hours", "UTC", LAW.hours)).message == "It is outside the campaign's hours (UTC)."
