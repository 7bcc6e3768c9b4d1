"""What the text of a setting may be. Each raises ValueError with what it must be."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

LANE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

PORT_MAX = 65_535
NUMBER_MAX = 1_000_000
RING_SECONDS_MAX = 600  # Twilio's own limits: www.twilio.com/docs/voice/api/call-resource, Timeout
CALL_SECONDS_MAX = 24 * 3600  # and TimeLimit
RATE_MAX = 10_000.0
KEY_CHARACTERS_MIN = 32


def whole_number(largest: int = NUMBER_MAX) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= largest):
            raise ValueError(f"must be a whole number from 1 to {largest}")
        return int(text)

    return read


def positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= RATE_MAX:
        raise ValueError(f"must be a number above 0, up to {RATE_MAX:.0f}")
    return number


def span(text: str) -> tuple[int, int]:
    read = whole_number(CALL_SECONDS_MAX)
    try:
        shortest, longest = (read(part.strip()) for part in text.split("-"))
    except ValueError:
        shortest, longest = 1, 0
    if shortest > longest:
        raise ValueError(f"must be two numbers of seconds such as 240-720, up to {CALL_SECONDS_MAX}")
    return shortest, longest


def store(text: str) -> str:
    if text != "firestore" and not (text.startswith("sqlite:") and len(text) > len("sqlite:")):
        raise ValueError("must be firestore, or sqlite: and a path")
    return text


def one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return read


def url(text: str) -> str:
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known or parts.query or parts.fragment or any(map(str.isspace, text)):
        raise ValueError("must be an address such as https://calls.example.com")
    return text.rstrip("/")


def secret_key(text: str) -> str:
    if len(text) < KEY_CHARACTERS_MIN:
        raise ValueError(f"must be at least {KEY_CHARACTERS_MIN} random characters")
    return text


def lanes(text: str) -> tuple[str, ...]:
    lanes = tuple(name.strip() for name in text.split(","))
    if len(set(lanes)) < len(lanes) or not all(LANE_NAME.fullmatch(name) for name in lanes):
        raise ValueError("must be different names of small letters, digits and -, separated by commas")
    return lanes


def names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def sign_in(text: str) -> frozenset[str]:
    ways = names(text)
    if not all(re.fullmatch(r"(google|firebase):\S+", way) for way in ways):
        raise ValueError("must be google:CLIENT_ID or firebase:PROJECT_ID, separated by commas")
    return ways
