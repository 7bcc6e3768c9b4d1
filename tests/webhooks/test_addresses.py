"""What a webhook's URL may lead to, and what it must not, however it is spelt."""

import pytest

from service.webhooks.addresses import Forbidden, Resolve, Unresolved, find_target, resolve

PUBLIC = "93.184.215.14"
INNER = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "10.255.255.254",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "169.254.0.1",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "2002:a00:1::1",
    "2001:0:a00:1::1",
    "fd00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "what?",
)


def answering(*addresses: str) -> Resolve:
    return lambda _host, _port: list(addresses)


@pytest.mark.parametrize("address", INNER)
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    with pytest.raises(Forbidden, match=r"^leads to a "):
        find_target("https://hooks.example.com/", answering(address), loopback=False)


@pytest.mark.parametrize("address", INNER)
def test_one_inner_address_among_public_ones_is_enough(address: str) -> None:
    for loopback in (False, True):
        with pytest.raises(Forbidden):
            find_target("https://hooks.example.com/", answering(PUBLIC, address), loopback=loopback)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0",
        "10.0.0.1",
        "169.254.169.254",
        "0xa9fea9fe",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "[fd00::1]",
        "[64:ff9b::a9fe:a9fe]",
    ],
)
def test_an_address_is_refused_in_every_spelling_that_the_system_reads(host: str) -> None:
    with pytest.raises(Forbidden, match=r"^leads to a "):
        find_target(f"https://{host}/", resolve, loopback=False)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "metadata.google.internal",
        "Metadata.Google.Internal.",
        "metadata",
        "kubernetes",
        "db.local",
        "x.localhost",
        "router.home.arpa",
    ],
)
def test_names_of_inner_networks_are_refused_whatever_they_lead_to(host: str) -> None:
    with pytest.raises(Forbidden, match="inner network"):
        find_target(f"https://{host}/", answering(PUBLIC), loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "gopher://hooks.example.com/",
        "https://",
        "https:///path",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:x/",
        "https://user@hooks.example.com/",
        "https://user:pass@hooks.example.com/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com\\@127.0.0.1/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nHost: x",
        "https://höoks.example.com/",
        "https://[::1",
        "https://hooks%2eexample.com/",
        "https://hooks.example.com/" + "x" * 2000,
    ],
)
def test_what_is_no_plain_address_is_refused_without_a_look_at_names(url: str) -> None:
    def nobody(_host: str, _port: int) -> list[str]:
        raise AssertionError("A name was looked up.")

    with pytest.raises(Forbidden, match=r"^must "):
        find_target(url, nobody, loopback=True)


def test_http_is_for_this_machine_alone_and_only_where_it_may_be_told() -> None:
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert find_target("http://localhost:8080/", answering(address), loopback=True).port == 8080
    for loopback in (False, True):
        with pytest.raises(Forbidden, match=r"^must be https"):
            find_target("http://hooks.example.com/", answering(PUBLIC), loopback=loopback)


def test_where_this_machine_may_be_told_its_neighbours_may_not() -> None:
    for address in set(INNER) - {"127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"}:
        with pytest.raises(Forbidden):
            find_target("https://hooks.example.com/", answering(address), loopback=True)


def test_a_public_name_is_taken_with_the_addresses_that_were_looked_at() -> None:
    names = answering(PUBLIC, "2606:2800:21f::1", PUBLIC)
    target = find_target("https://Hooks.Example.com./a/b?c=%20d", names, loopback=False)
    assert target.addresses == (PUBLIC, "2606:2800:21f::1")
    assert (target.authority, target.path) == ("hooks.example.com", "/a/b?c=%20d")
    elsewhere = find_target("https://hooks.example.com:8443", names, loopback=False)
    assert (elsewhere.authority, elsewhere.path) == ("hooks.example.com:8443", "/")


def test_a_name_without_an_address_is_not_known_to_be_forbidden() -> None:
    def nowhere(_host: str, _port: int) -> list[str]:
        raise OSError("NXDOMAIN")

    with pytest.raises(Unresolved):
        find_target("https://hooks.example.com/", nowhere, loopback=False)
