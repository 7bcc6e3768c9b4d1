"""The map is kept: read from the imports and from the files themselves."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SERVICE = ROOT / "service"
MODULES = sorted(SERVICE.rglob("*.py"))
LINES_MAX = 250

CORE = {"domain", "ports"}
SHARED = {"receipts", "transport"}
ARROWS = {  # what each part of the service may import, beside itself
    "service": set(),
    "domain": set(),
    "ports": {"domain"},
    "usecases": {*CORE, "contacts"},
    "contacts": {"domain"},
    "rules": {"domain"},
    "state": {*CORE, *SHARED},
    "dispatch": {*CORE, *SHARED},
    "providers": {*CORE, *SHARED},
    "webhooks": {*CORE},
    "entrypoints": {*CORE, *SHARED, "usecases", "contacts", "providers"},  # a webhook knows its provider
    "local": {*CORE, *SHARED, "settings", "providers"},
    "local.time_lapse": {*CORE, *SHARED, "local", "settings", "usecases", "entrypoints", "wiring"},
    "commands": {
        *CORE,
        *SHARED,
        "local",
        "local.time_lapse",
        "pooled_http",
        "settings",
        "usecases",
        "entrypoints",
        "wiring",
    },
    "receipts": set(),
    "transport": set(),
    "settings": {"domain", "setting_values"},
    "setting_values": set(),
    "wiring": {
        *CORE,
        *SHARED,
        "local",
        "settings",
        "entrypoints",
        "state",
        "dispatch",
        "providers",
        "rules",
        "webhooks",
        "light_wiring",
        "pooled_http",
    },
    "pooled_http": {"transport"},
    "front": {"domain", "receipts", "entrypoints"},
    "light_wiring": {
        "settings",
        "receipts",
        "entrypoints",
        "local",
        "state",
        "dispatch",
        "front",
        "pooled_http",
    },
    "wsgi": {"entrypoints", "settings", "light_wiring", "wiring"},
    "__main__": {"settings", "commands"},
}
OUTSIDE = {  # where libraries belong; wiring, which knows everything, may name them too
    "google.cloud": {"state", "dispatch"},
    "google.api_core": {"state", "dispatch"},
    "google.auth": set(),
    "grpc": {"dispatch"},
    "flask": {"entrypoints", "local"},
    "holidays": {"rules"},
    "sqlite3": {"state", "dispatch", "local"},
}
IMPURE = {
    "logging",
    "os",
    "pathlib",
    "random",
    "secrets",
    "socket",
    "sqlite3",
    "subprocess",
    "threading",
    "time",
}
READ_THE_ENVIRONMENT = {
    "settings",
    "__main__",
    "wsgi",
    "commands",
    "state.firestore_client",
    "providers.credentials",
}
# Tokens run out by the system's clock, those of the single machine and those of Google: nothing rings by it.
READ_THE_CLOCK = {"local.clocks", "local.signing", "entrypoints.id_tokens"}
TOP_LEVEL = {
    "service", "tests", "deploy", "Dockerfile", "cloudbuild.yaml", "requirements.txt", "README.md",
}  # fmt: skip


def name_of(module: Path) -> str:
    """As it is imported, without `service.`."""
    parts = module.relative_to(SERVICE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__") or "service"


def part_of(name: str) -> str:
    return name if name in ARROWS else name.partition(".")[0]


def tree_of(module: Path) -> ast.Module:
    return ast.parse(module.read_text())


def imports_of(module: Path) -> Iterator[str]:
    """Every module that it imports, wherever in the file."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            base = node.module or ""
            yield from (f"{base}.{alias.name}" if base == "service" else base for alias in node.names)


def attributes_of(module: Path) -> set[str]:
    """Every `name.attribute` in the file."""
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


each_module = pytest.mark.parametrize("module", MODULES, ids=name_of)


@each_module
def test_no_arrow_points_the_wrong_way(module: Path) -> None:
    part = part_of(name_of(module))
    assert part in ARROWS, f"say in ARROWS what service.{part} may import"
    inside = {name.removeprefix("service.") for name in imports_of(module) if name.startswith("service.")}
    wrong = {name for name in inside if part_of(name) not in {part, *ARROWS[part]}}
    assert not wrong, f"service.{name_of(module)} must not know {wrong}"


@each_module
def test_libraries_stay_in_the_adapters_that_they_are_for(module: Path) -> None:
    part = part_of(name_of(module))
    for name in imports_of(module):
        for library, parts in OUTSIDE.items():
            if f"{name}.".startswith(f"{library}."):
                assert part in {*parts, "wiring"}, f"service.{name_of(module)} imports {name}"


@pytest.mark.parametrize("module", [m for m in MODULES if "domain" in m.parts], ids=name_of)
def test_the_domain_is_pure(module: Path) -> None:
    """The standard library alone, and nothing of it that reaches outside."""
    for name in imports_of(module):
        top = name.partition(".")[0]
        assert top == "service" or top in sys.stdlib_module_names, f"{name} is not the standard library's"
        assert top not in IMPURE, f"{name} reaches outside"


@pytest.mark.parametrize(
    "module",
    [m for m in MODULES if {"usecases", "domain"} & set(m.parts) or m.name == "ports.py"],
    ids=name_of,
)
def test_the_core_knows_neither_flask_nor_google_nor_sql(module: Path) -> None:
    known = {name.partition(".")[0] for name in imports_of(module)}
    assert known <= {*sys.stdlib_module_names, "service"}
    assert "sqlite3" not in known


@each_module
def test_the_environment_is_read_in_few_places(module: Path) -> None:
    read = {"os.environ", "os.getenv"} & attributes_of(module)
    name = name_of(module)
    assert not read or name in READ_THE_ENVIRONMENT or part_of(name) in READ_THE_ENVIRONMENT


@each_module
def test_the_time_of_day_is_read_by_the_clock_alone(module: Path) -> None:
    """Durations are another matter."""
    read = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
    assert not read & attributes_of(module) or name_of(module) in READ_THE_CLOCK


@each_module
def test_nothing_sleeps_but_commands(module: Path) -> None:
    assert "time.sleep" not in attributes_of(module) or part_of(name_of(module)) == "commands"


@each_module
def test_files_are_small(module: Path) -> None:
    lines = len(module.read_text().splitlines())
    assert lines <= LINES_MAX, f"{name_of(module)} has {lines} lines"


def test_names_say_role_and_deed() -> None:
    buckets = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "models"}
    assert not {name_of(module) for module in MODULES if set(name_of(module).split(".")) & buckets}


def test_every_package_and_module_says_what_it_is_for() -> None:
    assert [name_of(module) for module in MODULES if not ast.get_docstring(tree_of(module))] == []


def test_tests_use_no_mocks() -> None:
    for module in (ROOT / "tests").rglob("*.py"):
        assert not any(name.startswith("unittest") for name in imports_of(module)), module


def test_the_visible_top_level_is_exactly_this() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    names = {line.partition("/")[0] for line in listed.stdout.splitlines()}
    assert {name for name in names if not name.startswith(".")} == TOP_LEVEL
