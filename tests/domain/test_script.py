"""A contact's values in the script: filled in, and unable to change it."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from service.domain.call import Script
from service.domain.script import fill_in
from tests.domain.records import waiting

TO = waiting().to
# What a document in XML 1.0 can hold at all.
XML_TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn"]))


def filled(twiml: str, **variables: str) -> str:
    return fill_in(Script(twiml=twiml), waiting(name="Zoë", variables=variables)).twiml or ""


def test_name_phone_and_the_contact_s_variables_are_filled_in() -> None:
    assert filled("{name} {phone} {day} { day }", day="Friday") == f"Zoë {TO} Friday Friday"


def test_a_variable_that_the_contact_lacks_is_left_empty() -> None:
    assert filled("Hello {surname}!") == "Hello !"


def test_a_contact_without_a_name_leaves_it_empty() -> None:
    assert fill_in(Script(twiml="Hello {name}!"), waiting()).twiml == "Hello !"


def test_a_value_is_not_filled_in_itself() -> None:
    assert filled("{day}", day="{name}") == "{name}"


@given(value=XML_TEXT)
def test_no_value_can_change_the_twiml_around_it(value: str) -> None:
    twiml = filled("""<R><Say voice='{v}' language="{v}">{v}</Say></R>""", v=value)
    say = ElementTree.fromstring(twiml)[0]
    assert (say.tag, len(say), say.keys()) == ("Say", 0, ["voice", "language"])
    assert (say.text or "") == value
    assert say.get("voice") == say.get("language")


@given(value=st.text(st.characters(exclude_categories=["Cs"])))
def test_no_value_can_leave_its_place_in_a_url(value: str) -> None:
    call = waiting(variables={"v": value})
    url = fill_in(Script(url="https://x.example/{v}/end?who={v}"), call).url or ""
    assert url.startswith("https://x.example/")
    assert url.count("/") == 4
    assert url.count("?") == url.count("=") == 1
    assert "&" not in url
    assert "#" not in url


def test_the_plus_of_a_number_survives_in_a_url() -> None:
    filled_in = fill_in(Script(url="https://x.example/?to={phone}"), waiting())
    assert filled_in == Script(url=f"https://x.example/?to=%2B{TO[1:]}")
