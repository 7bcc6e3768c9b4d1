"""The page about providers says what the code does and what the suite asks, and adapters stay apart."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from service.domain.agent import MACHINES, Provider
from service.ports import Telephony
from service.providers.mapping import BEGIN, CAN_BEGIN, CAN_END, END, capabilities, table
from service.providers.registry import ADAPTERS
from tests.providers import suite
from tests.providers.conformance.conftest import EXCHANGES
from tests.providers.conformance.test_words import FIELDS
from tests.support.fresh_process import python

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "deploy" / "PROVIDERS.md"
LINES_MAX = 199
each_provider = pytest.mark.parametrize("provider", Provider)


def source_of(provider):
    return ROOT / "service" / "providers" / f"{ADAPTERS[provider][0]}.py"


def test_the_page_shows_the_mapping_and_the_capabilities_that_the_code_has():
    """`python -m service.providers.mapping` writes it."""
    assert between(BEGIN, END) == table()
    assert between(CAN_BEGIN, CAN_END) == capabilities()


def test_the_page_shows_what_the_suite_asks():
    """`python -m tests.providers.suite` writes it."""
    assert between(suite.BEGIN, suite.END) == suite.questions()


def between(begin, end):
    page = PAGE.read_text()
    assert page.count(begin) == page.count(end) == 1
    return page.partition(begin)[2].partition(end)[0].strip()


def test_every_provider_has_all_that_the_page_says_a_new_one_needs():
    assert set(ADAPTERS) == set(MACHINES) == set(Provider)
    assert [kind.name for kind in EXCHANGES] == list(Provider)
    assert {file.stem for file in FIELDS.glob("*.json")} == set(Provider)
    needs = PAGE.read_text().partition("## What an agent needs")[2].partition("\n\nSecrets")[0]
    assert [provider for provider in Provider if f"\n| `{provider}` |" in needs] == list(Provider)


@each_provider
def test_an_adapter_does_what_the_port_promises(provider):
    module, name = ADAPTERS[provider]
    adapter = getattr(import_module(f"service.providers.{module}"), name)
    promised = {name for name in vars(Telephony) if not name.startswith("_")} | set(Telephony.__annotations__)
    assert promised <= set(dir(adapter))
    assert adapter.name == provider
    assert adapter.capabilities.machines == MACHINES[provider]


@each_provider
def test_an_adapter_is_small(provider):
    assert len(source_of(provider).read_text().splitlines()) <= LINES_MAX


@each_provider
def test_no_adapter_knows_another(provider):
    """Nor what belongs to another: its words, its signature."""
    files = list(source_of(provider).parent.glob(f"{provider}*.py"))
    imported = {
        node.module
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    others = tuple(f"service.providers.{other}" for other in Provider if other is not provider)
    assert source_of(provider) in files
    assert [module for module in imported if module.startswith(others)] == []


LOADED = """
import os, sys
from service.settings import Settings
from service.wiring import build
service = build(Settings.read(os.environ))
{first}
service.close()
print(*sorted(name.rpartition(".")[2] for name in sys.modules if name.startswith("service.providers.")))
"""


def test_no_adapter_is_loaded_before_the_first_call_that_needs_it(tmp_path):
    """Neither Twilio's, whose account is in these settings."""
    loaded = set(python(LOADED.format(first=""), folder=tmp_path).split())
    assert "registry" in loaded
    assert not loaded & set(Provider)
    first = "service.outside.telephony.of(None)"
    assert set(python(LOADED.format(first=first), folder=tmp_path).split()) & set(Provider) == {"twilio"}
