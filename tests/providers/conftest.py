"""Twilio's two doubles over real HTTP: the telephone network, and a server that misbehaves."""

import socketserver
import threading
from collections.abc import Callable, Iterator

import pytest


class OneAnswerServer(socketserver.ThreadingTCPServer):
    """Reads each request to its end and answers with the same bytes; None: it keeps silent."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answer: bytes | None) -> None:
        super().__init__(("127.0.0.1", 0), OneAnswerHandler)
        self.answer = answer
        self.requests: list[bytes] = []
        self.received = threading.Event()
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class OneAnswerHandler(socketserver.StreamRequestHandler):
    server: OneAnswerServer

    def handle(self) -> None:
        lines = list(iter(self.rfile.readline, b"\r\n"))
        length = next((int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")), 0)
        self.server.requests.append(b"".join(lines) + self.rfile.read(length))
        self.server.received.set()
        if self.server.answer is None:
            self.server.released.wait()
        else:
            self.wfile.write(self.server.answer)


@pytest.fixture
def one_answer() -> Iterator[Callable[[bytes | None], OneAnswerServer]]:
    servers: list[OneAnswerServer] = []

    def start(answer: bytes | None) -> OneAnswerServer:
        server = OneAnswerServer(answer)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.released.set()
        server.shutdown()
        server.server_close()
