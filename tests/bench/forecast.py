"""How long a forecast takes: `python -m tests.bench.forecast` prints one JSON line."""

import json
import platform
import tempfile
import time
from pathlib import Path

from tests.support.api import CAMPAIGN, NINE_TO_FIVE, Site

CONTACTS = (1_000, 10_000, 100_000)
RULES = {
    "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), NINE_TO_FIVE),
    "retry": {"busy": [{"after_minutes": 20}], "no_answer": [{"after_minutes": 180}]},
    "limits": {"calls_in_flight": 2},
    "seed": 1,
}


def main() -> None:
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        site = Site.begin(Path(folder))
        for contacts in CONTACTS:
            began = time.process_time()
            site.post("/api/campaigns/forecast", CAMPAIGN | RULES | {"contacts": contacts}).ok()
            figures[f"cpu_seconds_{contacts}"] = round(time.process_time() - began, 2)
    machine = {"python": platform.python_version(), "machine": platform.machine()}
    print(json.dumps({"bench": "forecast", "figures": figures, "machine": machine}))


if __name__ == "__main__":
    main()
