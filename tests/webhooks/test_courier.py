"""One delivery over real sockets: what is sent, to whom, and for how long."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.domain.webhook import EventType, Webhook, rotate
from service.ports import Carried
from service.webhooks import addresses
from service.webhooks.courier import SigningCourier
from service.webhooks.silence import SILENCE_SECONDS, SILENT_MAX, Silence
from tests.support.receiver import Receiver, is_signed, make_certificate, receiver

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BODY = json.dumps({"id": "evt_1", "name": "Zoë"}).encode()
KEY = b"k" * 32
NAME = "hooks.example.com"


def names(**known: list[str]) -> Callable[[str, int], list[str]]:
    return lambda host, _port: known.get(host.replace(".", "_"), [host])


def webhook(url: str) -> Webhook:
    return Webhook("whk_1", "acc_1", url, (EventType.CALL_FINISHED,), NOON)


def courier(seconds_max: float = 5.0, authorities: str | None = None, **known: list[str]) -> SigningCourier:
    return SigningCourier(
        KEY, names(**known), loopback=True, authorities=authorities, seconds_max=seconds_max
    )


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as known:
        yield known


def test_a_receiver_can_check_the_signature_with_its_secret(there: Receiver) -> None:
    sent = courier().carry(webhook(there.url + "?a=1"), BODY, NOON)
    assert (sent.status, sent.error) == (200, None)
    (received,) = there.received
    assert (received.path, received.body) == ("/hook?a=1", BODY)
    assert received.headers["content-type"] == "application/json"
    assert f"t={int(NOON.timestamp())}," in received.headers["reveille-signature"]
    secret = courier().secret(webhook(there.url))
    assert secret.startswith("whsec_")
    assert is_signed(received, secret)
    assert not is_signed(received, secret[:-1])
    assert not is_signed(replace(received, body=BODY + b" "), secret)


def test_secrets_differ_by_webhook_generation_and_key(there: Receiver) -> None:
    one = webhook(there.url)
    others = [replace(one, id="whk_2"), rotate(one, now=NOON)]
    secrets = {courier().secret(each) for each in (one, *others)}
    secrets.add(SigningCourier(b"other" * 8, names(), loopback=True).secret(one))
    assert len(secrets) == 4


def test_for_a_day_after_a_rotation_both_secrets_will_do(there: Receiver) -> None:
    before = webhook(there.url)
    after = rotate(before, now=NOON)
    for hours in (0, 23, 24):
        courier().carry(after, BODY, NOON + timedelta(hours=hours))
    new, old = courier().secret(after), courier().secret(before)
    assert [is_signed(received, new) for received in there.received] == [True, True, True]
    assert [is_signed(received, old) for received in there.received] == [True, True, False]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_failure_and_is_not_followed(there: Receiver, status: int) -> None:
    there.answers.append(status)
    sent = courier().carry(webhook(there.url), BODY, NOON)
    assert (sent.status, sent.error) == (status, f"answered {status}")
    assert len(there.received) == 1


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
def test_any_answer_but_2xx_is_a_failure(there: Receiver, status: int) -> None:
    there.answers.append(status)
    assert courier().carry(webhook(there.url), BODY, NOON).error == f"answered {status}"


def test_the_connection_goes_to_the_address_that_was_looked_at(tmp_path: Path) -> None:
    """The name's certificate is asked for, and its Host is said, over a connection to the checked address;
    the name itself is looked up once."""
    certificate = make_certificate(tmp_path, NAME)
    asked: list[str] = []

    def look_up(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with receiver(certificate) as there:
        sender = SigningCourier(KEY, look_up, loopback=True, authorities=str(certificate))
        sent = sender.carry(webhook(f"https://{NAME}:{there.port}/hook"), BODY, NOON)
    assert (sent.status, sent.error) == (200, None)
    assert there.received[0].headers["host"] == f"{NAME}:{there.port}"
    assert asked == [NAME]


def test_a_certificate_of_another_name_or_of_nobody_known_is_refused(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "other.example.com")
    with receiver(certificate) as there:
        url = f"https://{NAME}:{there.port}/hook"
        for authorities in (str(certificate), None):
            sent = courier(authorities=authorities, hooks_example_com=["127.0.0.1"]).carry(
                webhook(url), BODY, NOON
            )
            assert sent.error == "TLS: CERTIFICATE_VERIFY_FAILED"
    assert there.received == []


def test_an_answer_of_the_names_that_changes_between_two_deliveries_is_seen(there: Receiver) -> None:
    """First the address may be reached, then it is the metadata server's."""
    answers = [["127.0.0.1"], ["169.254.169.254"], ["10.0.0.1"], ["::ffff:10.0.0.1"]]
    sender = SigningCourier(KEY, lambda _host, _port: answers.pop(0), loopback=True)
    hook = webhook(f"http://{NAME}:{there.port}/hook")
    assert sender.carry(hook, BODY, NOON).error is None
    for _ in range(3):
        sent = sender.carry(hook, BODY, NOON)
        assert sent.status is None
        assert sent.error is not None
        assert sent.error.startswith("not sent: ")
    assert len(there.received) == 1


def test_this_machine_is_told_nothing_where_it_may_not_be(there: Receiver) -> None:
    sender = SigningCourier(KEY, addresses.resolve, loopback=False)
    for url in (there.url, there.url.replace("http", "https"), f"https://localhost:{there.port}/"):
        assert (sender.carry(webhook(url), BODY, NOON).error or "").startswith("not sent: ")
        assert sender.refusal(url)
    assert there.received == []


def test_the_next_address_is_tried_where_one_cannot_be_reached(there: Receiver) -> None:
    sender = courier(hooks_example_com=["::1", "127.0.0.1"])  # nobody listens at the first
    assert sender.carry(webhook(f"http://{NAME}:{there.port}/hook"), BODY, NOON).error is None


def test_where_nobody_listens_it_is_a_failure() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sent = courier().carry(webhook(f"http://127.0.0.1:{port}/"), BODY, NOON)
    assert sent.error == "the connection failed: Connection refused"


@contextmanager
def speaking(chunks: list[bytes], *, closes: bool) -> Iterator[int]:
    """A server that answers one connection with these chunks; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                for chunk in chunks:
                    try:
                        connection.sendall(chunk)
                    except OSError:
                        return
                    if done.wait(0 if closes else 0.02):
                        return
                if not closes:
                    done.wait()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            done.set()
            thread.join()


@pytest.mark.parametrize("chunks", [[], [b"HTTP/1.1 200 OK\r\n"], [b"x"] * 10_000], ids=len)
def test_one_limit_of_time_holds_for_all_of_it_however_slowly_the_other_side_speaks(
    chunks: list[bytes],
) -> None:
    with speaking(chunks, closes=False) as port:
        sent = courier(seconds_max=0.3).carry(webhook(f"http://127.0.0.1:{port}/"), BODY, NOON)
    assert sent.error == "no answer within 0.3 s"
    assert sent.milliseconds < 5000


def test_a_receiver_that_was_silent_is_left_alone_for_a_minute() -> None:
    with socket.create_server(("127.0.0.1", 0)) as hangs:
        to, one = webhook(f"http://127.0.0.1:{hangs.getsockname()[1]}/hook"), courier(seconds_max=0.1)
        tried = [one.carry(to, BODY, NOON + timedelta(seconds=second)).tried for second in range(120)]
        told = one.carry(to, BODY, NOON + timedelta(seconds=119))
    assert [second for second, was_tried in enumerate(tried) if was_tried] == [0, SILENCE_SECONDS]
    assert told == Carried(None, "not tried: it was silent less than 60 s before", 0, tried=False)


def test_other_receivers_are_tried_meanwhile_and_so_is_another_address_of_the_same(there: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hangs:
        to, one = webhook(f"http://127.0.0.1:{hangs.getsockname()[1]}/hook"), courier(seconds_max=0.1)
        assert one.carry(to, BODY, NOON).error
        for other in (replace(to, url=there.url), replace(to, id="whk_2", url=there.url)):
            assert one.carry(other, BODY, NOON).error is None
        assert not one.carry(to, BODY, NOON).tried


def test_a_receiver_that_fails_at_once_is_tried_each_time(there: Receiver) -> None:
    one = courier()
    there.answers += [500, 500]
    assert [one.carry(webhook(there.url), BODY, NOON).status for _ in range(3)] == [500, 500, 200]


def test_one_that_was_silent_is_tried_by_one_delivery_at_a_time_until_it_answers() -> None:
    silence, to, later = Silence(), webhook("https://hooks.example.com"), NOON + timedelta(minutes=1)
    silence.note(to, NOON, silent=True)
    assert [silence.may_try(to, later) for _ in range(3)] == [True, False, False]
    silence.note(to, later, silent=False)
    assert [silence.may_try(to, later) for _ in range(3)] == [True, True, True]


def test_no_more_silent_receivers_are_remembered_than_the_limit() -> None:
    silence = Silence()
    hooks = [webhook(f"https://hooks.example.com/{n}") for n in range(SILENT_MAX + 1)]
    for hook in hooks:
        silence.note(hook, NOON, silent=True)
    assert [hook for hook in hooks if silence.may_try(hook, NOON)] == hooks[:1]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"", "the answer was not HTTP"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "the answer was not HTTP"),
        (b"HTTP/1.1 999999 OK\r\n\r\n", "the answer was not HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, None),
        (b"HTTP/1.0 204 \r\n\r\n", None),
        (b"HTTP/1.1 204\r\n\r\n" + b"x" * 100_000, None),
    ],
)
def test_of_the_answer_only_its_status_matters(said: bytes, error: str | None) -> None:
    with speaking([said], closes=True) as port:
        sent = courier().carry(webhook(f"http://127.0.0.1:{port}/"), BODY, NOON)
    assert sent.error == error
