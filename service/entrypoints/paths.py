"""Parts of paths that name one thing."""

from typing import Any

from werkzeug.routing import Map, UnicodeConverter


class OtherThan(UnicodeConverter):
    """`<other_than(create):id>`: anything but these words, which are resources of their own beside it. So
    each path tells rightly which methods it has."""

    part_isolating = True

    def __init__(self, map: Map, *words: str, **options: Any) -> None:
        super().__init__(map, **options)
        self.regex = rf"(?!(?:{'|'.join(words)})\Z)[^/]+"
