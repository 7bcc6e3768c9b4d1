"""Where the world's service is reached."""

from urllib.parse import urlencode

BASE_URL = "https://reveille.example"


def encode_form(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()
