"""`deploy/local.sh` on a fresh machine, and the story that its demo tells."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import PROJECT

INSTALL_SECONDS_MAX = 600.0
DEMO_SECONDS_MAX = 240.0  # the demo promises 60 on a machine that does nothing else
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".reveille", ".*_cache", ".hypothesis", "__pycache__")

SWEEP_READS = 1

MOMENT = r"(?P<day>Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<time>\d\d:\d\d(:\d\d)?)"
IDLE = re.compile(
    rf"{MOMENT}( to \w+ \d\d:\d\d)?  (?P<ticks>\d+) ticks?: .*in all (?P<reads>\d+) reads, 0 writes, 0 tasks"
)
PASS = re.compile(rf"{MOMENT}  (?P<reason>tick|wake|refill|request|check) +(?P<claimed>\d+) claimed ")
MILLISECONDS = re.compile(r" +[\d.]+ ms")


def environment(home: Path) -> dict[str, str]:
    """This machine's, with an empty home folder and without what Python and we would find in it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "REVEILLE_", "VIRTUAL_ENV", "PORT", "TWILIO_"))
    }
    return {**kept, "HOME": str(home), "PYTHON": sys.executable}


def demo(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """With the interpreter and the packages of these tests."""
    return subprocess.run(
        [sys.executable, "-m", "service", "demo", *arguments],
        cwd=folder,
        env=environment(folder) | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=DEMO_SECONDS_MAX,
        check=False,
    )


def without_milliseconds(output: str) -> str:
    return MILLISECONDS.sub(" ms", output)


def reads_max(ticks: int) -> int:
    """One for each tick; once an hour the clock is compared with the truth."""
    return ticks + SWEEP_READS * -(-ticks // 4)


def assert_the_story_is_told(output: str) -> None:
    lines = output.splitlines()
    assert lines[0].startswith("Mon 21:00:00  campaign created from 100 rows: 100 calls, 0 rejected")

    idle = [match for line in lines if (match := IDLE.match(line))]
    assert all(int(match["reads"]) <= reads_max(int(match["ticks"])) for match in idle)
    assert idle[0][0].startswith("Mon 21:15 to Tue 08:45  47 ticks: Not time to process")

    claims = [match for line in lines if (match := PASS.match(line))]
    first = next(match for match in claims if match["claimed"] != "0")
    assert (first["day"], first["time"], first["claimed"]) == ("Tue", "09:00:00", "2")
    assert all("09:00:00" <= match["time"] < "17:00:00" for match in claims)
    assert {match["day"] for match in claims} >= {"Tue", "Wed"}

    assert re.search(r"^calls by outcome: 100 total, .*\d+ completed", output, re.MULTILINE)
    assert "queued" not in output.split("calls by outcome:")[1].splitlines()[0]
    assert "rings outside hours: 0\n" in output
    assert "numbers rung twice at one attempt: 0\n" in output
    wait = re.search(r"longest wait between a slot freed and the next ring: ([\d.]+) s", output)
    assert wait
    assert float(wait[1]) <= 2.0
    month = re.search(r"a month with this campaign, at list prices: ([\d.]+) \$", output)
    polling = re.search(r"polls every 10 s and so never sleeps: ([\d.]+) \$", output)
    assert month
    assert polling
    assert float(month[1]) * 20 < float(polling[1])
    after_its_end = output.split("the campaign is finished; three more hours:\n")[1].splitlines()[0]
    assert "  12 ticks: Not time to process; in all " in after_its_end
    assert IDLE.match(after_its_end)


def test_one_command_in_a_fresh_copy_with_an_empty_home_tells_the_story_and_repeats_it(
    tmp_path: Path,
) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    copy = tmp_path / "a copy"
    shutil.copytree(PROJECT, copy, ignore=NOT_COPIED)

    def local(*arguments: str) -> str:
        done = subprocess.run(
            [copy / "deploy" / "local.sh", *arguments],
            cwd=elsewhere,
            env=environment(home),
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS_MAX,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    first = local("demo", "--seed", "3")
    assert_the_story_is_told(first)
    again = local("demo", "--seed", "3")
    assert without_milliseconds(again) == without_milliseconds(first)
    assert list(elsewhere.iterdir()) == []


def test_another_seed_is_another_run_of_the_same_story(tmp_path: Path) -> None:
    one, other = (demo("--seed", seed, folder=tmp_path) for seed in ("4", "5"))
    assert (one.returncode, other.returncode) == (0, 0)
    assert_the_story_is_told(one.stdout)
    assert_the_story_is_told(other.stdout)
    assert without_milliseconds(one.stdout) != without_milliseconds(other.stdout)


def test_a_users_own_list_is_rung_and_its_bad_rows_are_told(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(
        "Phone Number;Name\n+13125550100;Zoë\n555-CALL;Bob\n+13125550100;Zoë again\n+13125550101;Cy\n"
    )
    done = demo("--contacts", "list.csv", "--seed", "1", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert "campaign created from 4 rows: 2 calls, 2 rejected" in lines[0]
    assert "line 3: The number contains letters" in lines[1]
    assert "line 4: Line 2 has the same number." in lines[2]
    assert "calls by outcome: 2 total" in done.stdout
    assert "rings outside hours: 0\n" in done.stdout


@pytest.mark.parametrize(
    ("contents", "status", "said"),
    [
        (None, 2, "list.csv: No such file or directory"),
        (b"", 1, "The list cannot be used. file: The file is empty."),
        (b"name\nAda\n", 1, "The list cannot be used. phone: No column is called phone. Found: name."),
        (b"phone\nnobody\n", 1, "The list has no number that can be called."),
    ],
    ids=["no file", "empty file", "no column of numbers", "no good row"],
)
def test_a_list_that_cannot_be_used_is_explained(
    tmp_path: Path, contents: bytes | None, status: int, said: str
) -> None:
    if contents is not None:
        (tmp_path / "list.csv").write_bytes(contents)
    done = demo("--contacts", "list.csv", folder=tmp_path)
    assert done.returncode == status
    assert done.stderr.strip() == said
