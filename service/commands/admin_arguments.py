"""The arguments of `python -m service admin`."""

import argparse
import math
from collections.abc import Callable
from typing import Any, NoReturn

from service.domain.account import CALLS_IN_FLIGHT_MAX, WEIGHTS, Scope

NONE = "none"
LABEL = "made by admin"


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see --help)\n")


def add_admin(commands: Any) -> None:
    """`commands`: the subparsers of the whole command."""
    admin = commands.add_parser("admin", help="accounts and keys: what must work without a key")
    actions = admin.add_subparsers(dest="action", metavar="ACTION", required=True)

    new = actions.add_parser("new-account", help="make an account, and its first key")
    new.add_argument("name", metavar="NAME")
    new.add_argument("--country", required=True, metavar="US", help="how its national numbers are read")
    new.add_argument(
        "--may-call", required=True, metavar="US,CA", help="countries that it may call; * for all"
    )
    new.add_argument("--caller", metavar="+1...", help="the number that it shows")

    actions.add_parser("accounts", help="list the accounts")

    new_key = actions.add_parser("new-key", help="make another key")
    new_key.add_argument("--account", metavar="ID", help="default: the first account")
    new_key.add_argument("--label", default=LABEL)
    new_key.add_argument("--scope", choices=[scope.value for scope in Scope], default=Scope.ADMIN.value)

    keys = actions.add_parser("keys", help="list an account's keys")
    keys.add_argument("--account", metavar="ID", help="default: the first account")

    for action, meaning in (
        ("revoke-key", "end a key"),
        ("rotate-key", "make a key with the same label and scope, and end the old one with it"),
    ):
        actions.add_parser(action, help=meaning).add_argument("key", metavar="KEY_ID")

    limits = actions.add_parser("limits", help="show what an account may have at once, or change it")
    limits.add_argument("account", metavar="ACCOUNT_ID")
    limits.add_argument(
        "--calls-in-flight", type=_or_none(_count), metavar="N", help=f"{NONE}: the system's default"
    )
    limits.add_argument(
        "--caller-calls-in-flight",
        type=_or_none(_count),
        metavar="N",
        help=f"of each of its caller numbers; {NONE}: no limit",
    )
    limits.add_argument("--weight", type=_weight, metavar="W", help="its share, beside other accounts")


def _or_none(read: Callable[[str], int]) -> Callable[[str], int | str]:
    return lambda text: NONE if text == NONE else read(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= CALLS_IN_FLIGHT_MAX):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {CALLS_IN_FLIGHT_MAX}, or {NONE}")
    return int(text)


def _weight(text: str) -> float:
    smallest, largest = WEIGHTS
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not smallest <= weight <= largest:
        raise argparse.ArgumentTypeError(f"must be a number from {smallest} to {largest:.0f}")
    return weight
