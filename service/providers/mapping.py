"""What each provider can do, and what it says of a call, and what that makes of it.

`python -m service.providers.mapping` prints both tables of deploy/PROVIDERS.md, from what the adapters go by.
"""

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

from service.domain.agent import Provider
from service.domain.call import State
from service.ports import Capabilities
from service.providers.registry import ADAPTERS

BEGIN, END = "<!-- mapping -->", "<!-- /mapping -->"
CAN_BEGIN, CAN_END = "<!-- capabilities -->", "<!-- /capabilities -->"
SAYS_NOTHING = "nothing new"  # it was accepted; the call is asked about later


def tables_of(provider: Provider) -> dict[str, Mapping[str, State]]:
    """Its statuses, and its reasons for an end where it has such."""
    adapter = _adapter(provider)
    reasons = getattr(adapter, "REASONS", None)
    return {"status": adapter.STATES, **({"reason for an end": reasons} if reasons else {})}


def errors_of(provider: Provider) -> Mapping[str, Mapping[int, str]]:
    """Its codes, with what they mean, by what becomes of an order; empty where it has none that are known."""
    return getattr(_adapter(provider), "ERRORS", {})


def _adapter(provider: Provider) -> ModuleType:
    return import_module(f"service.providers.{ADAPTERS[provider][0]}")


def capabilities() -> str:
    """Markdown: for each provider, what it can do."""
    rows = [
        "| provider | finds an order by our reference | ignores a second request | takes limits "
        "| ends live calls | tells outcomes when asked | with machines | recordings | transcripts |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for provider in Provider:
        can: Capabilities = getattr(_adapter(provider), ADAPTERS[provider][1]).capabilities
        cells = [
            _yes(can.finds_by_reference),
            f"for {can.dedupe_seconds} s" if can.dedupe_seconds else _yes(False),
            _yes(can.takes_limits),
            _yes(can.ends_live_calls),
            _yes(can.tells_outcomes),
            ", ".join(f"`{machine}`" for machine in sorted(can.machines)),
            _yes(can.recordings),
            _yes(can.transcripts),
        ]
        rows.append(f"| {provider} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _yes(it_can: bool) -> str:
    return "yes" if it_can else "no"


def table() -> str:
    """Markdown: for each provider, what it says, by what that means."""
    rows = ["| provider | says | words | the attempt |", "|---|---|---|---|"]
    for provider in Provider:
        for kind, words in tables_of(provider).items():
            for state in dict.fromkeys(words.values()):
                said = ", ".join(f"`{word}`" for word, means in words.items() if means is state)
                shown = SAYS_NOTHING if state is State.DIALING else state.value
                rows.append(f"| {provider} | {kind} | {said} | {shown} |")
            rest = SAYS_NOTHING if kind == "status" else State.FAILED.value
            rows.append(f"| {provider} | {kind} | anything else | {rest} |")
        for fate, codes in errors_of(provider).items():
            said = ", ".join(f"`{code}` {meaning}" for code, meaning in codes.items())
            rows.append(f"| {provider} | error | {said} | {fate} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(capabilities(), table(), sep="\n\n")
