"""The page about providers says what the code does, and adapters stay apart."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from service.domain.agent import Provider
from service.providers.mapping import BEGIN, END, table
from service.providers.registry import ADAPTERS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "deploy" / "PROVIDERS.md"
LINES_MAX = 199
each_provider = pytest.mark.parametrize("provider", Provider)


def source_of(provider):
    return ROOT / "service" / "providers" / f"{ADAPTERS[provider][0]}.py"


def test_the_page_shows_the_mapping_that_the_code_has():
    """`python -m service.providers.mapping` writes it."""
    shown = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    assert shown.strip() == table()


@each_provider
def test_an_adapter_is_small(provider):
    assert len(source_of(provider).read_text().splitlines()) <= LINES_MAX


@each_provider
def test_no_adapter_knows_another(provider):
    imported = {
        node.module
        for node in ast.walk(ast.parse(source_of(provider).read_text()))
        if isinstance(node, ast.ImportFrom)
    }
    others = {f"service.providers.{ADAPTERS[other][0]}" for other in Provider if other is not provider}
    assert not imported & others


def test_no_adapter_but_the_default_is_loaded_before_a_call_needs_it():
    """Twilio's is the one in the settings."""
    program = (
        "import sys, service.wiring;"
        "print(sorted(name for name in sys.modules if name.startswith('service.providers.')))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    loaded = ran.stdout
    assert "service.providers.registry" in loaded, ran.stderr
    for provider in set(Provider) - {Provider.TWILIO}:
        assert f"service.providers.{provider}'" not in loaded
