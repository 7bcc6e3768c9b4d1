"""HTTP over the standard library, against a real server."""

import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from service import pooled_http
from service.pooled_http import PooledHttp
from service.transport import CONNECTION_SECONDS_MAX, AnswerLost, HttpResponse, NotSent
from tests.support.kept_server import Handler, KeptServer
from tests.support.processes import free_port
from tests.support.tokens import KEY, pem


@pytest.fixture
def server() -> Iterator[KeptServer]:
    server = KeptServer()
    yield server
    server.shutdown()
    server.server_close()


def get(http: PooledHttp, url: str, timeout_seconds: float = 30) -> HttpResponse:
    return http.request("GET", url, headers={}, body=b"", timeout_seconds=timeout_seconds)


def test_what_is_sent_arrives_and_what_is_answered_comes_back(server: KeptServer) -> None:
    def echo(handler: Handler) -> None:
        sent = handler.rfile.read(int(handler.headers["Content-Length"]))
        said = [handler.command, handler.path, handler.headers["X-Word"], sent.decode()]
        handler.answer(json.dumps(said).encode(), ("X-Answer", "Yes"))

    server.respond = echo
    answer = PooledHttp().request(
        "POST", f"{server.url}/a/b?c=d", headers={"X-Word": "w"}, body=b"{}", timeout_seconds=30
    )
    assert (answer.status, answer.headers["x-answer"]) == (200, "Yes")
    assert json.loads(answer.body) == ["POST", "/a/b?c=d", "w", "{}"]


def test_a_connection_is_kept_for_a_while_and_never_as_long_as_others_keep_it(server: KeptServer) -> None:
    clock = [0.0]
    http = PooledHttp(lambda: clock[0])
    connections = []
    for clock[0] in (0.0, CONNECTION_SECONDS_MAX, CONNECTION_SECONDS_MAX + 1):
        get(http, server.url)
        connections.append(server.connections)
    assert connections == [1, 1, 2]


def test_a_connection_that_the_other_side_closed_is_not_used_again(server: KeptServer) -> None:
    closed = threading.Event()

    def last_answer(handler: Handler) -> None:
        handler.answer(b"the last")
        handler.close_connection = True

    server.shutdown_request = lambda request: (  # type: ignore[method-assign]
        KeptServer.shutdown_request(server, request),
        closed.set(),
    )
    server.respond = last_answer
    http = PooledHttp()
    for number in (1, 2):
        assert get(http, server.url).body == b"the last"
        assert closed.wait(30)
        closed.clear()
        assert server.connections == number


def test_where_nobody_listens_nothing_was_sent() -> None:
    with pytest.raises(NotSent):
        get(PooledHttp(), f"http://127.0.0.1:{free_port()}")


def certificate_of(address: str) -> bytes:
    """Which nobody but itself vouches for."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")])
    today = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    builder = builder.serial_number(1).not_valid_before(today - timedelta(days=1))
    builder = builder.not_valid_after(today + timedelta(days=1))
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    return builder.add_extension(here, critical=False).sign(KEY, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    ("address", "is_trusted"), [("127.0.0.1", True), ("127.0.0.1", False), ("127.0.0.2", True)]
)
def test_over_https_the_other_side_must_be_who_it_says(
    server: KeptServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    is_trusted: bool,
) -> None:
    shown = tmp_path / "shown.pem"
    shown.write_bytes(pem(KEY) + certificate_of(address))
    if is_trusted:
        (tmp_path / "trusted.pem").write_bytes(certificate_of(address))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = server.url.replace("http:", "https:")
    if is_trusted and address == "127.0.0.1":
        http = PooledHttp()
        assert [get(http, url).body for _ in range(2)] == [b"hello", b"hello"]
        assert server.connections == 1
    else:
        with pytest.raises(NotSent, match="CERTIFICATE_VERIFY_FAILED"):
            get(PooledHttp(), url)


def test_whom_to_trust_is_read_once_for_all_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    read, reads = ssl.create_default_context, []

    def count() -> ssl.SSLContext:
        reads.append(read())
        return reads[-1]

    monkeypatch.setattr(ssl, "create_default_context", count)
    http = PooledHttp()
    for _ in range(2):
        with pytest.raises(NotSent):
            get(http, f"https://127.0.0.1:{free_port()}/")
    assert len(reads) == 1


def test_an_answer_that_breaks_off_is_lost(server: KeptServer) -> None:
    server.respond = lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")
    with pytest.raises(AnswerLost):
        get(PooledHttp(), server.url, timeout_seconds=0.1)


def test_an_answer_that_is_shorter_than_it_says_is_lost(server: KeptServer) -> None:
    def short(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort")
        handler.close_connection = True

    server.respond = short
    with pytest.raises(AnswerLost):
        get(PooledHttp(), server.url)


def test_a_connection_serves_whichever_thread_comes_next(server: KeptServer) -> None:
    http = PooledHttp()
    for _ in range(3):
        thread = threading.Thread(target=get, args=(http, server.url))
        thread.start()
        thread.join()
    assert server.connections == 1


def test_a_host_that_cannot_be_has_been_sent_nothing() -> None:
    for url in (f"http://{'x' * 70}.example", "http://127.0.0.1:port/"):
        with pytest.raises(NotSent):
            get(PooledHttp(), url)


def test_an_answer_that_is_too_large_is_not_taken(
    server: KeptServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooled_http, "ANSWER_BYTES_MAX", 1000)
    server.respond = lambda handler: handler.answer(b"x" * 1001)
    http = PooledHttp()
    with pytest.raises(AnswerLost, match="too large"):
        get(http, server.url)
    server.respond = lambda handler: handler.answer(b"x" * 1000)
    assert len(get(http, server.url).body) == 1000
