"""What the columns of a contact file mean, and why a row is rejected."""

from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest

from service.contacts.columns import VARIABLES_MAX
from service.contacts.contact_file import CELL_CHARACTERS_MAX
from service.contacts.numbers import Rejected
from service.contacts.times import NO_PLACE, NO_ZONES, parse_contact_timezone, parse_timezone
from service.domain.errors import Invalid

COUNTRIES = {
    *("Cuba", "Egypt", "Eire", "GB", "GB-Eire", "Hongkong", "Iceland", "Iran", "Israel", "Jamaica", "Japan"),
    *("Kwajalein", "Libya", "NZ", "NZ-CHAT", "Navajo", "PRC", "Poland", "Portugal", "ROC", "ROK"),
    *("Singapore", "Turkey", "W-SU"),
}


@pytest.mark.parametrize(
    "name",
    ["phone", " Phone ", "PHONE_NUMBER", "phone-number", "Phone Number", "msisdn", "Recipient_Phone-Number"],
)
def test_the_phone_column_goes_by_many_names(read, name):
    assert read(f"{name}\n+14155550100\n").contacts[0].phone == "+14155550100"


def test_every_column_of_the_table_is_understood(read):
    file = read(
        "Cell,Full Name,Time Zone,Country Code,Call After,CRM ID\n"
        "020 7946 0018,Ada Lovelace,Europe/London,GB,2026-07-01 09:00,A-1\n"
    )
    contact = file.contacts[0]
    assert (contact.phone, contact.name, contact.external_id) == ("+442079460018", "Ada Lovelace", "A-1")
    assert contact.timezone == "Europe/London"
    assert contact.not_before == datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
    assert contact.variables == {}


def test_the_other_columns_are_variables_under_their_own_names(read):
    file = read("phone, Favourite Colour ,City\n+14155550100,red,\n")
    assert file.contacts[0].variables == {"Favourite Colour": "red", "City": ""}


def test_first_and_last_name_are_joined(read):
    file = read("First Name,last_name,phone\nAda,Lovelace,+14155550100\nBob,,+14155550101\n,,+14155550102\n")
    assert [contact.name for contact in file.contacts] == ["Ada Lovelace", "Bob", None]


def test_of_two_columns_that_fit_the_one_named_more_plainly_counts(read):
    contact = read("Mobile,Phone,Name,First Name\n1,+14155550100,Ada L.,Ada\n").contacts[0]
    assert (contact.phone, contact.name) == ("+14155550100", "Ada L.")
    assert contact.variables == {"Mobile": "1", "First Name": "Ada"}


def test_a_column_without_a_name_is_left_out(read):
    assert read(",phone,\n0,+14155550100,\n").contacts[0].variables == {}


def test_cells_that_are_missing_at_the_end_are_empty(read):
    contact = read("phone,name,city\n+14155550100\n").contacts[0]
    assert (contact.name, contact.variables) == (None, {"city": ""})


def test_empty_cells_beyond_the_header_do_no_harm(read):
    assert len(read("phone,name\n+14155550100,Ada,,\n").contacts) == 1


def test_control_characters_are_taken_out(read):
    contact = read("phone,name\n+14155550100,A\x00d\x07a\tL\x1b[31m\n").contacts[0]
    assert contact.name == "Ada L[31m"


def test_what_an_export_kept_from_being_a_formula_comes_back_as_it_was(read):
    contact = read("phone,external_id,note\n'+14155550100,'-7,'=1+1\n").contacts[0]
    assert (contact.phone, contact.external_id, contact.variables["note"]) == ("+14155550100", "-7", "=1+1")


@pytest.mark.parametrize(
    ("row", "column", "value", "code"),
    [
        (",Ada,,,", "Phone", "", "missing_number"),
        ("1-800-FLOWERS,Ada,,,", "Phone", "1-800-FLOWERS", "letters_in_number"),
        ("415 555 0100,Ada,,,Utopia", "country", "Utopia", "unknown_country"),
        ("+14155550100,Ada,Mars/Olympus,,", "tz", "Mars/Olympus", "unknown_timezone"),
        ("+14155550100,Ada,../../etc/passwd,,", "tz", "../../etc/passwd", "unknown_timezone"),
        ("+14155550100,Ada,localtime,,", "tz", "localtime", "unknown_timezone"),
        ("+14155550100,Ada,utc,,", "tz", "utc", "invalid_timezone"),
        ("+12075550100,Ada,Asia/Tokyo,,", "tz", "Asia/Tokyo", "invalid_timezone"),  # Maine: nine to five
        ("+14155550100,Ada,,3/1/2026 2pm,", "not_before", "3/1/2026 2pm", "invalid_time"),
        ("+14155550100,Ada,,9999-12-31,", "not_before", "9999-12-31", "invalid_time"),
        ("+14155550100,Ada,,0001-01-01T00:00+14:00,", "not_before", "0001-01-01T00:00+14:00", "invalid_time"),
        ("+14155550100,Ada,,,,extra", None, "+14155550100, Ada, , , , extra", "too_many_cells"),
    ],
)
def test_a_row_is_rejected_with_its_cell_and_the_reason(read, row, column, value, code):
    file = read(f"Phone,name,tz,not_before,country\n+14155550199,Zoe,,,\n{row}\n+14155550198,Yan,,,\n")
    assert [contact.line for contact in file.contacts] == [2, 4]
    rejection = file.rejections[0]
    assert (rejection.line, rejection.column, rejection.value, rejection.code) == (3, column, value, code)


def test_the_same_number_twice_is_rejected_with_the_line_that_has_it(read):
    file = read("phone\n+14155550100\n+14155550101\n(415) 555-0100\n")
    assert [(each.line, each.code) for each in file.rejections] == [(4, "duplicate")]
    assert "Line 2" in file.rejections[0].message


def test_a_rejected_row_does_not_keep_its_number(read):
    file = read("phone,tz\n+14155550100,Nowhere\n+14155550100,US/Pacific\n")
    assert [contact.line for contact in file.contacts] == [3]


@pytest.mark.parametrize(
    ("time", "moment"),
    [
        ("2026-07-01T09:00:00Z", datetime(2026, 7, 1, 9, tzinfo=UTC)),
        ("2026-07-01t09:00:00.5-04:00", datetime(2026, 7, 1, 13, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-07-01 09:00", datetime(2026, 7, 1, 13, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 7, 1, 4, tzinfo=UTC)),
        ("2026-03-08 02:30", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),  # inside the gap
        ("2026-11-01 01:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),  # the first of two
    ],
)
def test_a_time_without_an_offset_is_the_campaigns_wall_clock(read, time, moment):
    file = read(f"phone,callback_at\n+14155550100,{time}\n", timezone="America/New_York")
    assert file.contacts[0].not_before == moment


def test_a_rows_own_zone_goes_before_the_campaigns(read):
    file = read(
        "phone,callback_at,tz\n+14155550100,2026-07-01 09:00,asia/kolkata\n", timezone="America/New_York"
    )
    assert file.contacts[0].timezone == "Asia/Kolkata"
    assert file.contacts[0].not_before == datetime(2026, 7, 1, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "zone", ["UTC", "Etc/UTC", "GMT", "Etc/GMT+6", "Zulu", "EST", "EST5EDT", "CET", "MET"]
)
def test_a_clock_that_is_nobodys_place_is_no_contacts_time_zone(zone):
    with pytest.raises(Rejected):
        parse_contact_timezone(zone)
    assert parse_timezone(zone) == zone  # a campaign may go by it


def test_every_other_zone_is_a_place():
    names = available_timezones() - NO_ZONES
    places = [name for name in names if NO_PLACE.fullmatch(name) is None]
    assert [parse_contact_timezone(name) for name in places] == places
    assert {name for name in places if "/" not in name} == COUNTRIES


def test_a_cell_of_more_than_its_limit_is_rejected_and_shown_shortened(read):
    file = read(f"phone,note\n+14155550100,{'x' * CELL_CHARACTERS_MAX}\n+14155550101,{'x' * 1001}\n")
    assert [contact.line for contact in file.contacts] == [2]
    rejection = file.rejections[0]
    assert (rejection.column, rejection.code, rejection.value) == ("note", "cell_too_long", "x" * 60 + "…")


def test_a_file_with_more_variables_than_the_limit_is_refused(read):
    fit = "phone," + ",".join(f"v{number}" for number in range(VARIABLES_MAX))
    assert read(fit + "\n").rows_total == 0
    with pytest.raises(Invalid, match="At most 100"):
        read(fit + ",more\n")


def test_a_file_with_more_rows_than_the_limit_is_refused(read):
    rows = "phone\n+14155550100\n+14155550101\n\n"
    assert read(rows, rows_max=2).rows_total == 2
    with pytest.raises(Invalid, match="More than 2 rows"):
        read(rows + "x\n", rows_max=2)


# --- columns that are said --------------------------------------------------------------------------------


def test_what_a_column_holds_may_be_said(read):
    file = read(
        "Whom,Who,Number,Notes\n+14155550100,Ada,7,private\n",
        chosen={"Whom": "phone", "Who": "name", "Number": "external_id", "Notes": "ignore"},
    )
    contact = file.contacts[0]
    assert (contact.phone, contact.name, contact.external_id) == ("+14155550100", "Ada", "7")
    assert contact.variables == {}


def test_a_column_that_would_be_guessed_may_be_a_variable(read):
    contact = read("phone,name\n+14155550100,Ada\n", chosen={"name": "variable"}).contacts[0]
    assert (contact.name, contact.variables) == (None, {"name": "Ada"})


def test_what_was_guessed_gives_way_to_what_is_said(read):
    contact = read("phone,mobile\n1,+14155550100\n", chosen={"mobile": "phone"}).contacts[0]
    assert (contact.phone, contact.variables) == ("+14155550100", {"phone": "1"})


def test_a_first_name_that_is_said_is_not_lost_to_a_column_called_name(read):
    chosen = {"given": "first_name", "family": "last_name"}
    contact = read("phone,name,given,family\n+14155550100,A. L.,Ada,Lovelace\n", chosen=chosen).contacts[0]
    assert (contact.name, contact.variables) == ("Ada Lovelace", {"name": "A. L."})


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ({"nothing": "phone"}, "no_such_column"),
        ({"name": "Phone"}, "unknown_role"),
        ({"phone": "name", "name": "name"}, "duplicate_role"),
        ({"phone": "ignore"}, "no_phone_column"),
    ],
)
def test_what_is_said_wrongly_is_refused(read, chosen, code):
    with pytest.raises(Invalid) as invalid:
        read("phone,name\n+14155550100,Ada\n", chosen=chosen)
    assert invalid.value.details[0].code == code
