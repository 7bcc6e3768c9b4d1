"""Contact files as programs write them: encodings, delimiters, lines, headers."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.contacts.contact_file import Row
from service.contacts.csv_file import DELIMITERS
from service.contacts.csv_rows import cut_rows
from service.domain.errors import Invalid


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_a_name_survives_each_encoding(read, encoding):
    file = read("phone,name\n+14155550100,Zoë Müller\n".encode(encoding))
    assert file.contacts[0].name == "Zoë Müller"


def test_utf_16_of_either_byte_order_is_read(read):
    for encoding, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        assert read(mark + "phone\n+14155550100\n".encode(encoding)).contacts[0].phone == "+14155550100"


def test_bytes_that_mean_nothing_in_windows_do_not_stop_the_file(read):
    assert len(read(b"phone,name\n+14155550100,\x81\xff\n").contacts) == 1


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_the_delimiter_is_found_from_the_header(read, delimiter):
    file = read(f"name{delimiter}phone\nAda{delimiter}+14155550100\n")
    assert (file.contacts[0].name, file.contacts[0].phone) == ("Ada", "+14155550100")


def test_a_delimiter_inside_a_quoted_column_name_does_not_count(read):
    file = read('"city, state, country code";phone\n"Boston, MA, US";+14155550100\n')
    assert file.contacts[0].variables == {"city, state, country code": "Boston, MA, US"}


def test_the_delimiter_that_gives_a_phone_column_wins_over_the_one_that_gives_more_columns(read):
    assert len(read("phone;notes, if any, in short\n+14155550100;none\n").contacts) == 1


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_each_kind_of_line_end_is_understood(read, line_end):
    file = read(line_end.join(["phone,name", "+14155550100,Ada", "+14155550101,Bob", ""]))
    assert [(contact.line, contact.name) for contact in file.contacts] == [(2, "Ada"), (3, "Bob")]


def test_line_numbers_are_those_that_an_editor_shows(read):
    file = read('\nphone,note\n\n+14155550100,"two\nlines"\n,,\n+14155550101,\n+1415,\n')
    assert [contact.line for contact in file.contacts] == [4, 7]
    assert [rejection.line for rejection in file.rejections] == [8]


def test_a_line_break_inside_a_cell_becomes_a_space(read):
    file = read('phone,address\n+14155550100,"1 Main St\r\nBoston"\n')
    assert file.contacts[0].variables["address"] == "1 Main St Boston"


def test_quotes_may_follow_a_space_and_hold_quotes(read):
    file = read('phone, name, nick\n+14155550100, "Smith, Bob" ,"the ""Rock"""\n')
    assert file.contacts[0].name == "Smith, Bob"
    assert file.contacts[0].variables["nick"] == 'the "Rock"'


def test_a_quote_in_the_middle_of_a_cell_is_only_a_quote(read):
    assert read('phone,screen\n+14155550100,19" wide\n').contacts[0].variables["screen"] == '19" wide'


def test_a_quote_that_is_not_closed_costs_only_its_own_row(read):
    file = read('phone,name\n+14155550100,"Ada\n+14155550101,"Smith, Bob"\n+14155550102,Cy\n')
    assert [contact.name for contact in file.contacts] == ["Smith, Bob", "Cy"]
    assert [(each.line, each.code, each.value) for each in file.rejections] == [
        (2, "quote_not_closed", '"Ada')
    ]


def test_the_line_in_which_the_open_quote_stands_is_named(read):
    file = read('phone,a,b\n+14155550100,"fine,\nstill fine","open\n+14155550101,,\n')
    assert [(each.line, each.code) for each in file.rejections] == [(3, "quote_not_closed")]
    assert [contact.line for contact in file.contacts] == [4]


@pytest.mark.parametrize(
    ("file", "field", "code"),
    [
        ("", "file", "empty_file"),
        ("\ufeff\r\n\r\n", "file", "empty_file"),
        ("name,city\nAda,Boston\n", "phone", "no_phone_column"),
        ("+14155550100\n+14155550101\n", "phone", "no_header"),
        ("Ada,(415) 555-0100\n", "phone", "no_header"),
        ("Ada;+1 876 926 1234\n", "phone", "no_header"),
        ("4.1555E+10\n", "phone", "no_header"),
        ('phone,"name\n+14155550100,Ada\n', "file", "quote_not_closed"),
        ("phone,Notes,notes\n+14155550100,a,b\n", "notes", "duplicate_column"),
        ("PK\x03\x04\x14\x00\x08\x00\n", "file", "broken_workbook"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(read, file, field, code):
    with pytest.raises(Invalid) as invalid:
        read(file)
    assert [(detail.field, detail.code) for detail in invalid.value.details] == [(field, code)]


def test_without_a_phone_column_the_columns_that_were_found_are_named(read):
    with pytest.raises(Invalid, match="Found: Full Name, City"):
        read("Full Name,City\nAda,Boston\n")


def test_utf_16_without_its_mark_is_not_taken_for_text(read):
    with pytest.raises(Invalid, match="not a text file"):
        read("phone\n+14155550100\n".encode("utf-16-le"))


def test_a_header_alone_is_a_file_without_rows(read):
    assert read("phone,name\n").rows_total == 0


cells = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), max_size=8) | st.sampled_from(
    ['"', '""', ",", ";", 'a"b', '"a', "a,b", "a b"]
)


@given(st.lists(st.lists(cells, min_size=1, max_size=4), max_size=6), st.sampled_from(DELIMITERS))
def test_what_the_csv_module_writes_is_cut_into_the_same_rows(table, delimiter):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(table)
    rows = list(cut_rows(text.getvalue().encode(), delimiter))
    assert rows == [Row(line, row) for line, row in enumerate(table, start=1) if any(row)]
