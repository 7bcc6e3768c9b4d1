"""Files made to break the reader, or broken by accident."""

import random
import time
from unicodedata import category

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.contacts.contact_file import ROWS_MAX
from service.domain.errors import Invalid

TEN_MEGABYTES = 10_000_000
CPU_SECONDS_MAX = 10  # generous: with the square of the length it would be minutes


def test_a_hundred_thousand_rows_each_end_as_a_contact_or_a_rejection(read):
    rows = [f"+1415{200 + i // 10_000}{i % 10_000:04d},Person {i}" for i in range(0, ROWS_MAX, 2)]
    rows += ["nobody,Person"] * (ROWS_MAX // 2)
    file = read("phone,name\n" + "\n".join(rows))
    assert (len(file.contacts), len(file.rejections)) == (ROWS_MAX // 2, ROWS_MAX // 2)


def test_one_cell_of_ten_megabytes_costs_only_its_own_row(read):
    huge = "x" * TEN_MEGABYTES
    file = read(f'phone,note\n+14155550100,{huge}\n+14155550101,"{huge}"\n+14155550102,\n')
    assert [contact.line for contact in file.contacts] == [4]
    assert [(each.line, each.code) for each in file.rejections] == [(2, "row_too_long"), (3, "row_too_long")]
    assert all(len(each.value) < 100 for each in file.rejections)


def test_no_arrangement_of_quotes_takes_time_that_grows_with_the_square(read):
    for junk in ('"', '""', ',"', '"\n', '",', '"a', ',"a\n', '""a\n', ',"""a\n', 'a"","\n', ' "', ","):
        text = "phone,note\n" + junk * (500_000 // len(junk))
        began = time.process_time()
        read(text, rows_max=500_000)
        assert time.process_time() - began < CPU_SECONDS_MAX, junk


def test_binary_junk_is_refused_and_its_bytes_are_not_repeated_at_length(read):
    junk = random.Random(7)
    for _ in range(50):
        with pytest.raises(Invalid) as invalid:
            read(junk.randbytes(20_000))
        assert len(invalid.value.message) < 2_000
        assert not any(category(character) == "Cc" for character in invalid.value.message)


def test_a_column_name_that_is_a_formula_is_only_a_name(read):
    file = read('phone,"=HYPERLINK(""http://x"",""y"")"\n+14155550100,=cmd|\'/c calc\'!A1\n')
    assert file.contacts[0].variables == {'=HYPERLINK("http://x","y")': "=cmd|'/c calc'!A1"}


fragments = st.sampled_from(
    [
        "+14155550100",
        "415 555 0101",
        "Ada",
        '"',
        '""',
        ",",
        ";",
        "\t",
        "\n",
        "\r\n",
        "\0",
        "'",
        "=",
        "é",
        "\u2028",
    ]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(fragments | st.text(max_size=3), max_size=30).map("".join))
def test_no_line_with_something_in_it_is_lost(read, text):
    file = read("phone,name\n" + text)
    lines = sorted(each.line for each in (*file.contacts, *file.rejections))
    assert len(set(lines)) == len(lines) == file.rows_total
    if '"' not in text:
        written = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        visible = [n for n, line in enumerate(written, start=2) if _has_something(line)]
        assert lines == visible


def _has_something(line: str) -> bool:
    return any(category(c) != "Cc" and not c.isspace() and c != "," for c in line)
