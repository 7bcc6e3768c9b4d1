"""As much of Cloud Tasks as creating tasks needs, over real gRPC."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
from google.auth.credentials import AnonymousCredentials
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport


@dataclass(frozen=True)
class Trouble:
    """How one request fails: before the task is created, or after it."""

    code: grpc.StatusCode
    created: bool


@dataclass
class CloudTasksServer:
    tasks: dict[str, tasks_v2.Task] = field(default_factory=dict)  # waiting, by full name
    used_names: set[str] = field(default_factory=set)
    requests: list[tasks_v2.CreateTaskRequest] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)  # of the next requests
    always: Trouble | None = None  # of those after them
    on_request: Callable[[], object] = lambda: None
    port: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def use_up(self, name: str) -> None:
        """As if the task had been delivered."""
        del self.tasks[name]
        self.used_names.add(name)

    def create(self, request: tasks_v2.CreateTaskRequest, context: grpc.ServicerContext) -> tasks_v2.Task:
        self.on_request()
        with self._lock:
            self.requests.append(request)
            trouble = self.troubles.pop(0) if self.troubles else self.always
            if trouble and not trouble.created:
                context.abort(trouble.code, "before")
            name = request.task.name
            if name in self.tasks or name in self.used_names:
                context.abort(grpc.StatusCode.ALREADY_EXISTS, name)
            self.tasks[name] = request.task
            if trouble:
                context.abort(trouble.code, "after")
            return request.task


@contextmanager
def cloud_tasks_server() -> Iterator[CloudTasksServer]:
    tasks = CloudTasksServer()
    create = grpc.unary_unary_rpc_method_handler(
        tasks.create,
        request_deserializer=tasks_v2.CreateTaskRequest.deserialize,
        response_serializer=tasks_v2.Task.serialize,
    )
    server = grpc.server(ThreadPoolExecutor(32))
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler("google.cloud.tasks.v2.CloudTasks", {"CreateTask": create})]
    )
    tasks.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield tasks
    finally:
        server.stop(grace=1).wait()


@contextmanager
def cloud_tasks_client(port: int) -> Iterator[tasks_v2.CloudTasksClient]:
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        transport = CloudTasksGrpcTransport(channel=channel, credentials=AnonymousCredentials())
        yield tasks_v2.CloudTasksClient(transport=transport)
