"""Answers that are sent while they are made."""

from collections import Counter
from collections.abc import Iterator

from service.entrypoints.site import Site


def with_receipt(chunks: Iterator[bytes], site: Site, reason: str) -> Iterator[bytes]:
    """The request's own receipt is written before its body is. What ends the body early is raised, so that
    the connection breaks: the server then leaves out the last chunk, and clients see that it is not whole."""
    spent: Counter[str] = Counter()
    result = "broken_off"
    try:
        while result != "complete":
            with site.meter.measure() as cost:
                chunk = next(chunks, None)
            spent.update(vars(cost))
            if chunk is None:
                result = "complete"
            else:
                yield chunk
    finally:
        rounded = {name: round(value, 2) for name, value in spent.items()}
        site.on_receipt({"kind": "request", "reason": reason, "result": result, **rounded})
