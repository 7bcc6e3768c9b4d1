"""Contact files in XLSX: what a spreadsheet holds, and files that would unpack to far too much."""

from datetime import datetime

import pytest

from service.contacts import workbook as workbooks
from service.domain.errors import Invalid
from tests.contacts.workbooks import part_of, with_parts, workbook

SHEET = "xl/worksheets/sheet1.xml"
TYPES = "[Content_Types].xml"


def code(read, data: bytes) -> str:
    with pytest.raises(Invalid) as invalid:
        read(data)
    return invalid.value.details[0].code


def test_cells_are_read_as_a_person_would_type_them(read):
    later = datetime.fromisoformat("2026-07-01 09:30")  # as a sheet has it: without a zone
    header = ["Phone", "Not before", "Count", "Share", "Member", "Note", "Day"]
    row = [14155550100, later, 3.0, 0.5, True, "two\nlines", datetime.fromisoformat("2026-07-02")]
    contact = read(workbook([header, row]), timezone="Europe/London").contacts[0]
    assert (contact.phone, contact.not_before.hour) == ("+14155550100", 8)
    assert contact.variables == {
        "Count": "3",
        "Share": "0.5",
        "Member": "true",
        "Note": "two lines",
        "Day": "2026-07-02",
    }


def test_lines_are_those_of_the_sheet(read):
    file = read(workbook([["phone"], ["+14155550100"], [None], ["nobody"], ['quote " in it']]))
    assert [contact.line for contact in file.contacts] == [2]
    assert [rejection.line for rejection in file.rejections] == [4, 5]


def test_it_has_no_more_rows_than_any_file(read):
    assert read(workbook([["phone"], *[["nobody"]] * 5]), rows_max=5).rows_total == 5
    with pytest.raises(Invalid, match="More than 5 rows"):
        read(workbook([["phone"], *[["nobody"]] * 6]), rows_max=5)


def test_a_sheet_without_anything_is_an_empty_file(read):
    assert code(read, workbook([])) == "empty_file"


@pytest.mark.parametrize("junk", [b"PK\x03\x04", b"PK\x03\x04" + bytes(500), None])
def test_what_is_no_workbook_is_refused(read, junk):
    data = junk or workbook([["phone"]])[:-100]
    assert code(read, data) == "broken_workbook"


def test_entities_do_not_multiply(read):
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><worksheet>&l9;</worksheet>'
    assert code(read, with_parts(workbook([["phone"]]), {SHEET: bomb.encode()})) == "broken_workbook"


@pytest.mark.parametrize("name", ["xl/styles.xml", TYPES, "xl/anything"])
def test_what_stays_in_memory_is_bounded_before_it_is_unpacked(read, name):
    bomb = b" " * (workbooks.OTHER_BYTES_MAX + 1)
    assert code(read, with_parts(workbook([["phone"]]), {name: bomb})) == "too_large"


def test_a_sheet_is_bounded_as_well(read):
    data = workbook([["phone"]])
    bomb = part_of(data, SHEET) + b" " * workbooks.SHEETS_BYTES_MAX
    assert code(read, with_parts(data, {SHEET: bomb})) == "too_large"


@pytest.mark.parametrize("prefix", ["/", "x"])
def test_what_is_named_as_shared_texts_as_well_does_not_pass_for_a_sheet(read, prefix):
    """The library leaves off the first character of a part's name, whatever it is."""
    data = workbook([["phone"]])
    texts = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="{prefix}{SHEET}" ContentType="{texts}"/></Types>'
    types = part_of(data, TYPES).replace(b"</Types>", override.encode())
    bomb = part_of(data, SHEET) + b" " * workbooks.OTHER_BYTES_MAX
    assert code(read, with_parts(data, {TYPES: types, SHEET: bomb})) == "too_large"


def rows_of(data: bytes, rows: str) -> bytes:
    """The workbook with these rows."""
    sheet = part_of(data, SHEET).decode()
    before, _, rest = sheet.partition("<sheetData>")
    return with_parts(
        data, {SHEET: f"{before}<sheetData>{rows}{rest[rest.index('</sheetData>') :]}".encode()}
    )


def test_rows_that_are_said_to_be_far_apart_are_not_counted_out(read):
    far = '<row r="1"><c t="inlineStr"><is><t>phone</t></is></c></row><row r="9999999999"/>'
    assert code(read, rows_of(workbook([["phone"]]), far)) == "too_many_rows"


def test_wide_rows_of_nothing_are_bounded_as_text(read):
    wide = '<row r="1"><c t="inlineStr"><is><t>phone</t></is></c></row>'
    wide += "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(2, 3000))
    assert code(read, rows_of(workbook([["phone"]]), wide)) == "too_large"


def test_a_long_text_in_many_cells_is_too_long_and_no_more(read):
    text = "x" * 30_000
    file = read(workbook([["phone", *(f"c{n}" for n in range(20))], ["+14155550100", *[text] * 20]]))
    assert [rejection.code for rejection in file.rejections] == ["cell_too_long"]
