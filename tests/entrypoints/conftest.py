from pathlib import Path

import pytest

from service.local.signing import KEY_FILE, LocalSigner
from tests.support.api import Site


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Made once: it takes longer than most tests."""
    folder = tmp_path_factory.mktemp("signing")
    LocalSigner.open(folder)
    return (folder / KEY_FILE).read_bytes()


@pytest.fixture
def site(tmp_path: Path, signing_key: bytes) -> Site:
    return begin(tmp_path, signing_key)


@pytest.fixture(scope="module")
def module_site(tmp_path_factory: pytest.TempPathFactory, signing_key: bytes) -> Site:
    """For tests that only read, or whose requests are refused."""
    return begin(tmp_path_factory.mktemp("site"), signing_key)


def begin(folder: Path, signing_key: bytes) -> Site:
    (folder / KEY_FILE).write_bytes(signing_key)
    return Site.begin(folder)
