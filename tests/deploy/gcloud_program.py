"""The fake gcloud as a program: a few lines of bash, which ask it in the tests' own process. Each run of
deploy/gcp.sh has up to a hundred commands: to start Python for each takes longer than all else."""

from functools import cache
from socketserver import BaseRequestHandler, TCPServer
from threading import Thread

from tests.deploy.fake_gcloud import Gcloud

# It says how many arguments, whose gcloud, what is typed, and the arguments; a zero byte ends each part.
PROGRAM = r"""#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/{port}
typed=''
if [[ " $* " == *" --data-file=- "* ]]; then IFS= read -rd '' typed; fi
printf '%s\0' $# {number} "$typed" "$@" >&3
for part in status said errors; do IFS= read -rd '' "$part" <&3; done
printf %s "$said"
printf %s "$errors" >&2
exit "$status"
"""
READ_BYTES_MAX = 65_536


class Server(TCPServer):
    """One for all projects of a process; it ends with it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.gclouds: list[Gcloud] = []
        Thread(target=self.serve_forever, daemon=True).start()


class Answer(BaseRequestHandler):
    server: Server

    def handle(self) -> None:
        asked = b""
        while (count := asked.count(b"\0")) == 0 or count < 3 + int(asked.partition(b"\0")[0]):
            more = self.request.recv(READ_BYTES_MAX)
            if not more:
                return  # ended by a signal
            asked += more
        _, number, typed, *arguments = asked.decode().split("\0")[:-1]
        answer = self.server.gclouds[int(number)].answer(arguments, typed)
        self.request.sendall("".join(f"{part}\0" for part in answer).encode())


@cache
def server() -> Server:
    return Server()


def program(gcloud: Gcloud) -> str:
    """Its text."""
    server().gclouds.append(gcloud)
    number = len(server().gclouds) - 1
    return PROGRAM.format(port=server().server_address[1], number=number)
