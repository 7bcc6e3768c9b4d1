"""Where a webhook's URL leads. What only this service can reach, a user must not reach through it: private
networks, this machine, the platform's metadata.

A name is resolved once for each delivery, and the connection goes to the addresses that were looked at: what
the name answers the next time is no matter.
"""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from service.domain.webhook import URL_CHARACTERS_MAX

Resolve = Callable[[str, int], Sequence[str]]  # a host's addresses; raises OSError, UnicodeError

ADDRESSES_MAX = 3  # of a name, those that are tried
HOST_CHARACTERS_MAX = 253
PORTS = {"https": 443, "http": 80}
INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home.arpa")  # they mean nothing in public

_PRINTABLE = re.compile(r"[!-~]+")
_HOST = re.compile(rf"[a-z0-9._-]{{1,{HOST_CHARACTERS_MAX}}}|[0-9a-f:.]+")
_PROTOCOLS = IPv4Network("192.0.0.0/24")  # parts of it count as global; a cloud's metadata is in it
_UNICAST = IPv6Network("2000::/3")  # without what embeds IPv4 addresses: NAT64 and what was before it


class Forbidden(Exception):
    """Nothing may be sent there, as the message says."""


class Unresolved(Exception):
    """The name has no address now."""


@dataclass(frozen=True)
class Target:
    """Where a POST goes. All addresses have been looked at."""

    scheme: str
    host: str
    port: int
    path: str  # with its query
    addresses: tuple[str, ...]

    @property
    def authority(self) -> str:
        """As the Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def find_target(url: str, resolve: Resolve, *, loopback: bool) -> Target:
    """`loopback`: this machine may be told things, also by http. Raises Forbidden, Unresolved."""
    parts, host, port = _parts(url)
    if _is_inside(host) and not (loopback and host == "localhost"):
        raise Forbidden(f"{host} is a name of an inner network")
    try:
        addresses = tuple(dict.fromkeys(resolve(host, port)))
    except (OSError, UnicodeError) as error:
        raise Unresolved("the name has no address") from error
    kinds = {_kind(address) for address in addresses}
    if loopback and kinds == {"loopback"}:
        return _target(parts, host, port, addresses)
    if parts.scheme != "https":
        raise Forbidden("must be https")
    for kind in sorted(kinds - {"public"}):
        raise Forbidden(f"leads to a {kind} address")
    return _target(parts, host, port, addresses)


def _parts(url: str) -> tuple[SplitResult, str, int]:
    try:
        parts = urlsplit(url) if len(url) <= URL_CHARACTERS_MAX and _PRINTABLE.fullmatch(url) else None
        host = (parts.hostname or "").rstrip(".") if parts else ""
        port = (parts.port if parts.port is not None else PORTS.get(parts.scheme, 0)) if parts else 0
    except ValueError:
        parts, host, port = None, "", 0
    if parts is None or not _HOST.fullmatch(host) or parts.scheme not in PORTS or not port:
        raise Forbidden("must be an address such as https://hooks.example.com/reveille")
    if "@" in parts.netloc or "#" in url:
        raise Forbidden("must have neither a user nor a fragment")
    return parts, host, port


def _target(parts: SplitResult, host: str, port: int, addresses: tuple[str, ...]) -> Target:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path, addresses[:ADDRESSES_MAX])


def _is_inside(host: str) -> bool:
    """A name without a dot is one of the local network's."""
    if ":" in host or _is_number(host):
        return False
    return "." not in host or any(host == name or host.endswith(f".{name}") for name in INSIDE)


def _is_number(host: str) -> bool:
    """Also as 2130706433 or 0x7f.1: the resolver reads them, and what they mean is looked at."""
    return re.fullmatch(r"(0x[0-9a-f]*|[0-9]+)", host.rpartition(".")[2]) is not None


def _kind(address: str) -> str:
    try:
        ip: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return "strange"
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is None and ip not in _UNICAST:
            return "loopback" if ip.is_loopback else "private"
        if ip.sixtofour or ip.teredo:
            return "private"
        ip = ip.ipv4_mapped or ip
    if ip.is_loopback:
        return "loopback"
    is_public = ip.is_global and not ip.is_multicast and ip not in _PROTOCOLS
    return "public" if is_public else "private"
