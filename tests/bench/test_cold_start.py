"""What the benchmark of a cold start prints."""

import json
import subprocess
import sys

from tests.bench.cold_start import image_command

SECONDS_MAX = 300


def test_it_prints_the_floor_a_tick_and_all_at_once_in_one_line() -> None:
    command = [sys.executable, "-m", "tests.bench.cold_start", "small"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said["bench"] == "cold_start"
    for name in ("floor", "tick_sqlite", "eager"):
        assert said["figures"][f"{name}_ms"] > 0
        assert said["figures"][f"{name}_cpu_s"] > 0
    assert said["figures"]["tick_sqlite_by_floor"] > 0
    assert len(said["claims"]) == 3


def test_what_is_measured_is_started_as_the_image_is() -> None:
    assert image_command()[:4] == ["python", "-m", "gunicorn", "service.wsgi:app"]
