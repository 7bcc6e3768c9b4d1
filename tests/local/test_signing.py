import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from google.auth import jwt

from service.local.public_keys import PUBLIC_FILE, read_public_keys
from service.local.signing import KEY_FILE, LocalSigner
from tests.support.tokens import as_pem

PROJECT = Path(__file__).parents[2]
AUDIENCE = "http://127.0.0.1:8080"


class Time:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def claims(token: str) -> dict[str, object]:
    return dict(jwt.decode(token, verify=False))


def test_a_token_is_signed_with_the_key_that_its_header_names(tmp_path: Path) -> None:
    signer = LocalSigner.open(tmp_path)
    claimed = jwt.decode(signer.token(AUDIENCE), as_pem(signer.certs()), audience=AUDIENCE)
    assert claimed["iss"] == "reveille-local"
    assert claimed["email"] == "local@reveille.invalid"
    assert claimed["email_verified"] is True
    assert claimed["exp"] - claimed["iat"] == 3600


def test_the_key_is_made_once_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there yet"
    first, second = LocalSigner.open(folder), LocalSigner.open(folder)
    assert first.certs() == second.certs()
    jwt.decode(first.token(AUDIENCE), as_pem(second.certs()))


def test_the_key_can_be_read_by_its_owner_only_and_nothing_else_is_left(tmp_path: Path) -> None:
    LocalSigner.open(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {KEY_FILE, PUBLIC_FILE}
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_the_public_half_can_be_read_without_the_private_one(tmp_path: Path) -> None:
    signer = LocalSigner.open(tmp_path)
    (tmp_path / KEY_FILE).unlink()
    jwt.decode(signer.token(AUDIENCE), as_pem(read_public_keys(tmp_path)))


@pytest.mark.parametrize("left", [b"", b"[]", b'{"another": {"kty": "RSA"}}'])
def test_a_public_half_that_is_another_keys_is_replaced(tmp_path: Path, left: bytes) -> None:
    (tmp_path / PUBLIC_FILE).write_bytes(left)
    signer = LocalSigner.open(tmp_path)
    assert read_public_keys(tmp_path) == signer.certs()


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    program = (
        "import json, sys; from pathlib import Path; from service.local.signing import LocalSigner;"
        f"print(json.dumps(dict(LocalSigner.open(Path({str(tmp_path)!r})).certs())))"
    )
    command = [sys.executable, "-c", program]
    started = [subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE) for _ in range(3)]
    first, *others = [json.loads(process.communicate(timeout=30)[0]) for process in started]
    assert [*others] == [first, first]


def test_two_machines_have_different_keys(tmp_path: Path) -> None:
    one, other = LocalSigner.open(tmp_path / "one"), LocalSigner.open(tmp_path / "other")
    assert set(one.certs()).isdisjoint(other.certs())


def test_a_token_is_used_until_some_minutes_before_it_expires(tmp_path: Path) -> None:
    time = Time(1_000_000)
    signer = LocalSigner.open(tmp_path, time)
    first = signer.token(AUDIENCE)
    time.now += 3299
    assert signer.token(AUDIENCE) == first
    time.now += 1
    assert claims(signer.token(AUDIENCE))["exp"] == 1_000_000 + 3300 + 3600


def test_each_audience_has_its_own_token(tmp_path: Path) -> None:
    signer = LocalSigner.open(tmp_path)
    assert [claims(signer.token(audience))["aud"] for audience in ("a", "b", "a")] == ["a", "b", "a"]


def test_a_damaged_key_is_not_silently_replaced(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("damaged")
    with pytest.raises(ValueError, match="PEM"):
        LocalSigner.open(tmp_path)
    assert (tmp_path / KEY_FILE).read_text() == "damaged"
