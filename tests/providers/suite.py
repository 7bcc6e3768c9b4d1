"""What the conformance suite asks of an adapter, as the page about providers lists it.

`python -m tests.providers.suite` writes the list of deploy/PROVIDERS.md, from the tests themselves.
"""

import ast
from pathlib import Path

SUITE = Path(__file__).parent / "conformance"
BEGIN, END = "<!-- suite -->", "<!-- /suite -->"


def questions() -> str:
    """Markdown: for each file of the suite what it is about, and what it asks, in the order of its tests."""
    parts = []
    for file in sorted(SUITE.glob("test_*.py")):
        module = ast.parse(file.read_text())
        about = (ast.get_docstring(module) or "").partition("\n")[0]
        asked = [
            node.name.removeprefix("test_").replace("_", " ").replace(" s ", "'s ")
            for node in module.body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        ]
        parts.append("\n".join([about, "", *(f"- {question}" for question in asked)]))
    return "\n\n".join(parts)


if __name__ == "__main__":
    print(questions())
