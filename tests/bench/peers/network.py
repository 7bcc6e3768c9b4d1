"""The telephone network that all of them dial, as a process of its own: `python -m tests.bench.peers.network
BOOK ANSWER_SECONDS RETRIED_PART RING_SECONDS_MAX TALK_SECONDS_MIN TALK_SECONDS_MAX`. Prints its address; ends
when its standard input does.

Everybody answers, but a part of the numbers is busy at the first call. Whether a number is does not depend on
who calls, so all contenders meet the same people."""

import random
import sys
import threading
import time

from service.local.clocks import SystemClock
from service.local.telephone_calls import Fate, FateOf
from service.local.telephone_network import TelephoneNetwork
from service.local.wsgi_server import serve
from service.pooled_http import PooledHttp

ACCOUNT_SID = "AC" + "0" * 32  # the local run's: it has an account that may call at any hour
AUTH_TOKEN = "only-between-these-two"


def is_busy_at_first(to: str, part: float) -> bool:
    return random.Random(to).random() < part


def fates(part: float, ring_seconds_max: float, talk_seconds: tuple[int, int]) -> FateOf:
    def fate(to: str, _caller: str, calls_before: int) -> Fate:
        if calls_before == 0 and is_busy_at_first(to, part):
            return Fate("busy")
        dice = random.Random(f"{to} {calls_before}")
        return Fate("completed", dice.uniform(0, ring_seconds_max), dice.randint(*talk_seconds))

    return fate


class DistantNetwork(TelephoneNetwork):
    """Its answers take their time: half of it on the way there, half on the way back."""

    def __init__(self, *given: object, answer_seconds: float, **named: object) -> None:
        super().__init__(*given, **named)
        self._way_seconds = answer_seconds / 2

    def __call__(self, environ, start_response):
        time.sleep(self._way_seconds)
        answer = super().__call__(environ, start_response)
        time.sleep(self._way_seconds)
        return answer


def main(book: str, answer_seconds: str, part: str, ring: str, shortest: str, longest: str) -> None:
    network = DistantNetwork(
        book,
        SystemClock(),
        PooledHttp(),
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        fate=fates(float(part), float(ring), (int(shortest), int(longest))),
        answer_seconds=float(answer_seconds),
    )
    network.start()
    print(serve(network).url, flush=True)
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.buffer.read(), ended.set()), daemon=True).start()
    ended.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
