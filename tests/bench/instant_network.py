"""A telephone network that answers at once, as a process of its own: `python -m tests.bench.instant_network
URLS SECONDS_MIN SECONDS_MAX`. It speaks as much of Twilio's API as a call needs, and keeps nothing on the
disk, so that as little of the machine as can be is its own.

Everybody answers; a call ends so many seconds after its create request, with both webhooks, which a pool of
threads posts to the instances at URLS in turn. `GET /calls` tells the truth. Prints its address; ends when
its standard input does."""

import itertools
import json
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urldefrag, urlencode, urlsplit

from service.pooled_http import PooledHttp
from service.providers.twilio_signature import sign
from service.transport import AnswerLost, NotSent

ACCOUNT_SID = "AC" + "0" * 32  # the local run's: it has an account that may call at any hour
AUTH_TOKEN = "only-between-these-two"
WEBHOOKS_AT_ONCE_MAX = 16
WEBHOOK_SECONDS_MAX = 30.0
TRIES, RETRY_SECONDS = 6, 0.1


@dataclass
class Dialled:
    to: str
    at: float  # seconds since 1970
    ended_at: float = 0.0
    finished_at: float = 0.0  # when the service had taken the last webhook: nothing is left to be done


class Network:
    def __init__(self, urls: list[str], seconds: tuple[float, float]) -> None:
        """`urls`: of the instances, which take the webhooks in turn, as behind one address; none: webhooks go
        where they are asked to."""
        self._urls = itertools.cycle(urls)
        self._seconds = seconds
        self._dice = random.Random(1)
        self._numbers = itertools.count(1)
        self._http = PooledHttp()
        self._pool = ThreadPoolExecutor(WEBHOOKS_AT_ONCE_MAX)
        self.calls: dict[str, Dialled] = {}
        self.refused = 0  # webhooks that were not taken

    def create(self, form: dict[str, str]) -> str:
        sid = f"CA{next(self._numbers):032x}"
        self.calls[sid] = Dialled(form["To"], time.time())
        wait = threading.Timer(self._dice.uniform(*self._seconds), self._pool.submit, (self._tell, sid, form))
        wait.daemon = True
        wait.start()
        return sid

    def _tell(self, sid: str, form: dict[str, str]) -> None:
        self._post(sid, form, CallStatus="in-progress")
        self.calls[sid].ended_at = time.time()
        self._post(sid, form, CallStatus="completed", CallDuration="1")
        self.calls[sid].finished_at = time.time()

    def _post(self, sid: str, form: dict[str, str], **said: str) -> None:
        url = urldefrag(form["StatusCallback"]).url
        told = {"CallSid": sid, "AccountSid": ACCOUNT_SID, "To": form["To"], "From": form["From"], **said}
        signature = sign(AUTH_TOKEN, url, list(told.items()))
        headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
        body = urlencode(told).encode()
        for _ in range(TRIES):  # as Twilio does, where it was asked to
            instance = next(self._urls, "")
            there = instance + urlsplit(url).path if instance else url
            with suppress(NotSent, AnswerLost):
                answer = self._http.request(
                    "POST", there, headers=headers, body=body, timeout_seconds=WEBHOOK_SECONDS_MAX
                )
                if 200 <= answer.status < 300:
                    return
            time.sleep(RETRY_SECONDS)
        self.refused += 1


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept
    network: Network

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        sid = self.network.create({name: values[0] for name, values in form.items()})
        self._answer(201, {"sid": sid, "status": "queued"})

    def do_GET(self) -> None:
        calls = [vars(call) for call in list(self.network.calls.values())]
        self._answer(200, {"calls": calls, "refused": self.network.refused})

    def _answer(self, status: int, said: object) -> None:
        body = json.dumps(said).encode()
        head = (
            f"HTTP/1.1 {status} OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        self.wfile.write(head.encode() + body)  # at once: two writes would wait for each other

    def log_message(self, *_said: object) -> None:
        """Nothing."""


def main(urls: str, shortest: str, longest: str) -> None:
    Handler.network = Network(urls.split(",") if urls else [], (float(shortest), float(longest)))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
