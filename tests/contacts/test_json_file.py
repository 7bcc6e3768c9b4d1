"""Contact files in JSON."""

import json
import time

import pytest

from service.contacts.columns import NoPhoneColumn
from service.domain.errors import Invalid

CPU_SECONDS_MAX = 10  # generous: with the square of the length it would be minutes


def test_an_array_of_objects_is_a_table_whose_header_are_their_names(read):
    file = read('[{"phone": "+14155550100", "day": "Monday"}, {"Mobile": 1, "phone": "+14155550101"}]')
    assert [contact.phone for contact in file.contacts] == ["+14155550100", "+14155550101"]
    assert [contact.variables for contact in file.contacts] == [
        {"day": "Monday", "Mobile": ""},
        {"day": "", "Mobile": "1"},
    ]


def test_one_object_is_one_contact(read):
    assert read(' {"phone": "+14155550100"} ').contacts[0].line == 1


def test_variables_may_be_an_object_of_their_own(read):
    contact = read('{"phone": "+14155550100", "variables": {"day": "Monday", "n": 3}}').contacts[0]
    assert contact.variables == {"day": "Monday", "n": "3"}


def test_the_top_level_says_whom_to_call_and_the_variables_do_not(read):
    one = read('{"phone": "+14155550100", "name": "Ada", "variables": {"phone": "+14155550199", "name": 1}}')
    assert [(each.phone, each.name, each.variables) for each in one.contacts] == [("+14155550100", "Ada", {})]
    other = read('{"mobile": "+14155550100", "variables": {"number": "+14155550199"}}').contacts[0]
    assert (other.phone, other.variables) == ("+14155550100", {"number": "+14155550199"})


def test_variables_are_variables_whatever_they_are_called(read):
    said = {"name": "Ada", "timezone": "Mars", "country": "DE", "id": "7", "not_before": "soon"}
    contact = read(json.dumps({"phone": "(415) 555-0100", "variables": said})).contacts[0]
    assert contact.variables == said
    assert contact.phone == "+14155550100"
    assert {contact.name, contact.timezone, contact.external_id, contact.not_before} == {None}


def test_a_zone_that_is_no_place_rejects_its_contact(read):
    rejection = read('{"phone": "+14155550100", "timezone": "UTC"}').rejections[0]
    assert (rejection.column, rejection.value, rejection.code) == ("timezone", "UTC", "invalid_timezone")


def test_a_number_that_stands_among_the_variables_alone_is_called_only_by_choice(read):
    file = '{"variables": {"mobile": "+14155550100"}}'
    with pytest.raises(NoPhoneColumn) as lacking:
        read(file)
    assert lacking.value.roles == ("variable",)
    assert read(file, chosen={"mobile": "phone"}).contacts[0].phone == "+14155550100"


def test_a_name_that_stands_at_the_top_here_and_among_the_variables_there_is_refused(read):
    with pytest.raises(Invalid) as invalid:
        read('[{"phone": "+14155550100"}, {"tel": "+14155550101", "variables": {"phone": "+14155550199"}}]')
    assert invalid.value.details[0].code == "duplicate_column"


def test_numbers_stay_as_they_are_written(read):
    text = '{"phone": 14155550100, "a": 1.10, "b": 1e309, "c": -0, "d": ' + "9" * 900 + "}"
    contact = read(text).contacts[0]
    assert contact.phone == "+14155550100"
    assert contact.variables == {"a": "1.10", "b": "1e309", "c": "-0", "d": "9" * 900}


def test_true_false_and_null_are_text_or_nothing(read):
    contact = read('{"phone": "+14155550100", "a": true, "b": false, "c": null}').contacts[0]
    assert contact.variables == {"a": "true", "b": "false", "c": ""}


@pytest.mark.parametrize(
    ("element", "column", "code"),
    [
        ('{"phone": "+14155550101", "day": ["Monday"]}', "day", "not_text"),
        ('{"phone": {"number": 1}}', "phone", "not_text"),
        ('{"phone": "\\ud800"}', "phone", "not_text"),
        ('{"variables": ["a"], "phone": "+14155550101"}', "variables", "not_text"),
        ('"+14155550101"', None, "not_an_object"),
        ("[]", None, "not_an_object"),
        ("null", None, "not_an_object"),
    ],
)
def test_an_element_that_is_no_contact_is_reported_and_stops_no_other(read, element, column, code):
    file = read(f'[{{"phone": "+14155550100"}}, {element}, {{"phone": "+14155550102"}}]')
    assert [contact.line for contact in file.contacts] == [1, 3]
    assert [(each.line, each.column, each.code) for each in file.rejections] == [(2, column, code)]


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "[}",
        "[{}",
        "[{},]",
        "[{} {}]",
        "[,]",
        "[{}]]",
        "{}{}",
        '[{"phone": NaN}]',
        '[{"phone": -Infinity}]',
        "[{'phone': 1}]",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"\\ud800": 1}',
    ],
)
def test_what_is_not_json_is_refused(read, text):
    with pytest.raises(Invalid) as invalid:
        read(text)
    assert invalid.value.details[0].code == "malformed_json"


def test_an_empty_array_has_no_phone_column(read):
    with pytest.raises(Invalid, match="phone"):
        read("[]")


def test_json_in_another_encoding_is_refused(read):
    with pytest.raises(Invalid, match="UTF-8"):
        read('[{"phone": "é"}]'.encode("latin-1"))


def test_a_mark_of_utf_8_does_no_harm(read):
    assert len(read(b'\xef\xbb\xbf[{"phone": "+14155550100"}]').contacts) == 1


def test_time_grows_with_the_length_alone(read):
    elements = [{"phone": f"nobody {number}", "note": "x" * 20} for number in range(50_000)]
    began = time.process_time()
    assert len(read(json.dumps(elements)).rejections) == 50_000
    assert time.process_time() - began < CPU_SECONDS_MAX
