"""One instance of the service as Cloud Run starts them, with a sampler in it: `python -m tests.bench.instance
PROFILE`. Its settings are in the environment. What its threads did is written to PROFILE when it ends.

It creates tasks and delivers none: in the cloud a queue of Google's does."""

import os
import sys
from pathlib import Path
from typing import Any

from service.commands.run import LocalServer
from service.entrypoints.logs import set_up_logs
from service.settings import Settings
from service.wiring import build
from tests.bench.sampler import Sampler


class Instance(LocalServer):
    def __init__(self, settings: Settings, profile: Path) -> None:
        self._profile = profile
        self._sampler = Sampler()
        self._chosen = settings
        super().__init__(settings, lambda: print("ready", flush=True))

    def load_config(self) -> None:
        super().load_config()
        self.cfg.set("worker_exit", lambda _server, _worker: self._sampler.write(self._profile))

    def load(self) -> Any:
        """In the worker."""
        self._sampler.start()
        return build(self._chosen).app


if __name__ == "__main__":
    chosen = Settings.read(os.environ)
    set_up_logs(chosen.log)
    Instance(chosen, Path(sys.argv[1])).run()
