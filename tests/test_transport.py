"""Connections that are kept, against a real server."""

from contextlib import closing

from service.pooled_http import PooledHttp
from service.transport import CONNECTION_SECONDS_MAX
from tests.support.kept_server import KeptServer


def test_a_connection_is_kept_for_a_while_and_never_as_long_as_others_keep_it() -> None:
    clock = [0.0]
    http = PooledHttp(lambda: clock[0])
    server = KeptServer()
    with closing(server.socket):
        connections = []
        for clock[0] in (0.0, CONNECTION_SECONDS_MAX, CONNECTION_SECONDS_MAX + 1):
            http.request("GET", server.url, headers={}, body=b"", timeout_seconds=30)
            connections.append(server.connections)
        server.shutdown()
    assert connections == [1, 1, 2]
