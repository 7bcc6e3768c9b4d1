"""How paths are told apart."""

from collections.abc import Callable
from typing import Any, NoReturn

from werkzeug.routing import Map, Rule, UnicodeConverter


class Route(Rule):
    """Matched, never built: nobody asks for the address of a route. For that werkzeug would compile two
    functions of each, which takes four fifths of the time that the application needs to be made."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: ARG002
        return _build


def _build(*_: Any, **__: Any) -> NoReturn:
    raise NotImplementedError


class OtherThan(UnicodeConverter):
    """`<other_than(create):id>`: anything but these words, which are resources of their own beside it. So
    each path tells rightly which methods it has."""

    part_isolating = True

    def __init__(self, map: Map, *words: str, **options: Any) -> None:
        super().__init__(map, **options)
        self.regex = rf"(?!(?:{'|'.join(words)})\Z)[^/]+"
