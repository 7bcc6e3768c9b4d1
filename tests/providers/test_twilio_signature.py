import pytest

from service.providers.twilio_signature import is_signed, sign

# The example of Twilio's documentation, and the one with repeated fields of its own libraries' tests.
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
REPEATED_FORM = [
    ("Sid", "CA123"),
    ("SidAccount", "AC123"),
    ("Digits", "5678"),
    ("Digits", "1234"),
    ("Digits", "1234"),
]
REPEATED_SIGNATURE = "IK+Dwps556ElfBT0I3Rgjkr1wJU="


def test_the_documented_example_is_signed_as_documented():
    assert sign("12345", URL, FORM) == SIGNATURE


def test_the_order_of_the_fields_does_not_matter():
    assert is_signed("12345", SIGNATURE, URL, FORM[::-1])


def test_a_repeated_field_is_signed_once_for_each_value():
    assert sign("12345", URL, REPEATED_FORM) == REPEATED_SIGNATURE


@pytest.mark.parametrize("signature", [None, "", "RSOYDt4T1cUTdK1PDd93/VVr8B9=", "ÿ"])
def test_a_wrong_or_missing_signature_is_refused(signature):
    assert not is_signed("12345", signature, URL, FORM)


@pytest.mark.parametrize(
    ("token", "url", "form"),
    [
        ("12346", URL, FORM),
        ("12345", URL + "&baz=3", FORM),
        ("12345", URL.replace("https", "http"), FORM),
        ("12345", URL, [*FORM, ("Extra", "1")]),
        ("12345", URL, [*FORM[:-1], ("To", "+18005551213")]),
    ],
)
def test_a_signature_of_something_else_is_refused(token, url, form):
    assert not is_signed(token, SIGNATURE, url, form)


@pytest.mark.parametrize(
    ("signed", "called"),
    [
        ("https://calls.example:443/a", "https://calls.example/a"),
        ("https://calls.example/a", "https://calls.example:8443/a"),
        ("https://calls.example:8443/a", "https://calls.example:8443/a"),
        ("https://calls.example/a#rc=5&rp=4xx,5xx,ct,rt", "https://calls.example/a"),
    ],
)
def test_twilio_may_sign_a_url_with_or_without_its_port_and_fragment(signed, called):
    assert is_signed("12345", sign("12345", signed, FORM), called, FORM)
