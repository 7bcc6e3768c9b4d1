"""A file that was exported is a contact file: its results are left out, its variables have their names."""

import pytest

from service.contacts.columns import VARIABLES_MAX
from service.contacts.export_file import EXPORT_COLUMNS, RESULT_COLUMNS, safe_cell, unmarked
from service.contacts.rows import clean_cell
from service.domain.errors import Invalid

HEADER = ",".join(EXPORT_COLUMNS)
ADA = "call_1,7,'+14155550100,Ada,completed,completed,1,2026-03-02T18:00:00.000Z,,60,2,USD,"


def test_results_are_left_out_and_variables_have_their_own_names(read):
    contact = read(f"{HEADER},var_city,var_Mobile,var_country code\n{ADA},Paris,1,XX\n").contacts[0]
    assert (contact.phone, contact.name, contact.external_id) == ("+14155550100", "Ada", "7")
    assert contact.variables == {"city": "Paris", "Mobile": "1", "country code": "XX"}


def test_the_headers_spelling_may_have_changed(read):
    header = HEADER.replace("_", " ").title()
    assert read(f"{header},var_city\n{ADA},Paris\n").contacts[0].variables == {"city": "Paris"}


@pytest.mark.parametrize("missing", RESULT_COLUMNS)
def test_a_list_that_lacks_one_of_the_results_is_a_list_of_its_own(read, missing):
    """Its `state` may be Ohio."""
    names = [name for name in EXPORT_COLUMNS if name != missing]
    row = ["+14155550100" if name == "phone" else "" for name in names]
    contact = read(f"{','.join(names)},var_city\n{','.join(row)}\n").contacts[0]
    assert set(contact.variables) == {*RESULT_COLUMNS, "var_city"} - {missing}


def test_the_contacts_own_zone_is_one_again(read):
    file = read(f"{HEADER},var_timezone\n{ADA},Europe/Paris\n{ADA.replace('0100', '0101')},\n")
    assert [contact.timezone for contact in file.contacts] == ["Europe/Paris", None]
    assert [contact.variables for contact in file.contacts] == [{}, {}]


def test_columns_that_were_added_mean_what_they_mean_in_any_list(read):
    contact = read(f"{HEADER},var_city,tz,day\n{ADA},Paris,Europe/Paris,Monday\n").contacts[0]
    assert contact.timezone == "Europe/Paris"
    assert contact.variables == {"city": "Paris", "day": "Monday"}


@pytest.mark.parametrize("columns", ["var_city,var_city", "var_city,city", "phone,var_city"])
def test_two_columns_of_one_name_are_refused(read, columns):
    with pytest.raises(Invalid, match="Two columns have this name"):
        read(f"{HEADER},{columns}\n")


def test_variables_that_differ_by_case_alone_are_two(read):
    assert read(f"{HEADER},var_City,var_city\n{ADA},a,b\n").contacts[0].variables == {
        "City": "a",
        "city": "b",
    }


def test_it_may_have_as_many_variables_as_any_list_and_the_zone(read):
    fit = ",".join(f"var_v{number}" for number in range(VARIABLES_MAX))
    assert len(read(f"{HEADER},var_timezone,{fit}\n{ADA}\n").contacts[0].variables) == VARIABLES_MAX
    with pytest.raises(Invalid, match="At most 100"):
        read(f"{HEADER},{fit},var_more\n")


def test_a_rejected_cell_is_named_as_the_file_names_it(read):
    (rejection,) = read(f"{HEADER},var_timezone\n{ADA},Nowhere\n").rejections
    assert (rejection.column, rejection.code) == ("var_timezone", "unknown_timezone")


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+14155550100",
        "-7",
        "@a",
        "'=1",
        "''-1",
        "'",
        "''",
        "'quoted'",
        "plain",
        "",
        "a=1",
        "'a'",
        "0",
    ],
)
def test_no_cell_is_a_formula_and_each_comes_back_as_it_was(text):
    assert safe_cell(text)[:1] not in {"=", "+", "-", "@"}
    assert clean_cell(safe_cell(text)) == unmarked(safe_cell(text)) == text


@pytest.mark.parametrize("text", ["\t=1", "\r=1", "\n=1"])
def test_space_before_a_formula_does_not_make_it_one(text):
    assert safe_cell(text) == f"'{text}"
