"""A gRPC server between the client and the emulator: it counts requests, and fails those it is told to."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import Enum, auto
from functools import partial
from typing import Any

import grpc

HANG_SECONDS_MAX = 30.0
PASSED_ON = ("authorization", "google-cloud-resource-prefix", "x-goog-request-params")


class When(Enum):
    BEFORE = auto()  # the emulator never hears of the request
    AFTER = auto()  # it has carried out the request, and the answer is lost
    MIDWAY = auto()  # the first part of a streamed answer gets through
    NEVER = auto()  # carried out, and then silence


class FirestoreProxy(grpc.GenericRpcHandler):
    def __init__(self, target: str) -> None:
        self.requests: Counter[str] = Counter()  # received, by the method's name
        self._faults: dict[str, list[tuple[grpc.StatusCode, When]]] = {}
        self._released = threading.Event()
        self._channel = grpc.insecure_channel(target)
        self._server = grpc.server(ThreadPoolExecutor(4), handlers=[self])
        self.host = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def fail(self, method: str, code: grpc.StatusCode, when: When = When.BEFORE, times: int = 1) -> None:
        """The next `times` requests to `method` fail."""
        self._faults.setdefault(method, []).extend([(code, when)] * times)

    def stop(self) -> None:
        self._released.set()
        self._server.stop(None).wait()
        self._channel.close()

    def service(self, handler_call_details: Any) -> Any:
        path: str = handler_call_details.method
        if path.endswith("/Commit"):
            return grpc.unary_unary_rpc_method_handler(partial(self._unary, path))
        return grpc.unary_stream_rpc_method_handler(partial(self._stream, path))

    def _unary(self, path: str, request: bytes, context: Any) -> bytes:
        code, when = self._next_fault(path)
        if code and when is When.BEFORE:
            context.abort(code, "by the proxy")
        answer: bytes = self._channel.unary_unary(path)(request, metadata=_metadata(context))
        self._fail_after(context, code, when)
        return answer

    def _stream(self, path: str, request: bytes, context: Any) -> Iterator[bytes]:
        code, when = self._next_fault(path)
        if code and when is When.BEFORE:
            context.abort(code, "by the proxy")
        for part in self._channel.unary_stream(path)(request, metadata=_metadata(context)):
            yield part
            if when is When.MIDWAY:
                break
        self._fail_after(context, code, when)

    def _fail_after(self, context: Any, code: grpc.StatusCode | None, when: When) -> None:
        if when is When.NEVER:
            self._released.wait(HANG_SECONDS_MAX)
        if code:
            context.abort(code, "by the proxy")

    def _next_fault(self, path: str) -> tuple[grpc.StatusCode | None, When]:
        method = path.rsplit("/", 1)[1]
        self.requests[method] += 1
        faults = self._faults.get(method)
        return faults.pop(0) if faults else (None, When.BEFORE)


def _metadata(context: Any) -> list[tuple[str, str]]:
    return [(key, value) for key, value in context.invocation_metadata() if key in PASSED_ON]
