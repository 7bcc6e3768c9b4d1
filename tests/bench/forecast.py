"""How long a forecast takes, by the size of the campaign."""

import tempfile
import time
from pathlib import Path

from tests.bench.line import Figures, Measured, Size, main
from tests.support.api import CAMPAIGN, NINE_TO_FIVE, Site

CONTACTS: dict[Size, tuple[int, ...]] = {
    "small": (10,),
    "usual": (1_000, 10_000, 100_000),
    "large": (1_000, 10_000, 100_000),
}
RULES = {
    "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), NINE_TO_FIVE),
    "retry": {"busy": [{"after_minutes": 20}], "no_answer": [{"after_minutes": 180}]},
    "limits": {"calls_in_flight": 2},
    "seed": 1,
}


def measure(size: Size) -> Measured:
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        site = Site.begin(Path(folder))
        for contacts in CONTACTS[size]:
            began = time.process_time()
            site.post("/api/campaigns/forecast", CAMPAIGN | RULES | {"contacts": contacts}).ok()
            figures[f"{contacts:,} contacts"] = {"cpu_s": round(time.process_time() - began, 2)}
    return Measured(figures)


if __name__ == "__main__":
    main("forecast", measure)
