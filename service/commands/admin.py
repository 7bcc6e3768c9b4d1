"""What must work without a key."""

import sys

from service.commands.run import with_local_calls
from service.settings import Settings
from service.usecases.accounts import first_account
from service.usecases.api_keys import add_key
from service.wiring import build


def new_key(settings: Settings) -> int:
    """Another key for the first account, printed this once. Raises BadSetting."""
    outside = build(with_local_calls(settings)).outside
    account = first_account(outside)
    if account is None:
        print("There is no account yet: `python -m service` makes it.", file=sys.stderr)
        return 1
    print(add_key(outside, account, "made by admin").secret)
    return 0
