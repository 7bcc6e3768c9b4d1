"""A contact is taken out of a campaign: its call, if it waits, is canceled."""

from functools import partial

from service.domain import calls
from service.domain.account import Account
from service.domain.call import Call, State, imported_call_id
from service.domain.errors import NotFound, WrongState
from service.ports import Outside
from service.usecases import prompts
from service.usecases.audit import record_change
from service.usecases.campaigns import find_campaign
from service.usecases.outbox import change_call, told

REMOVABLE = (State.QUEUED, State.CLAIMED)  # nobody has been dialled


def remove_contact(outside: Outside, account: Account, campaign_id: str, number: str) -> None:
    """It is not called, or not again. Harmless when repeated, and where its call has ended. The call stays,
    as canceled: so importing the number again adds nothing.

    It pulls no clock. What sleeps until this call was due wakes then, finds nothing, and the campaign ends.

    Raises NotFound, also for a number that the campaign does not have; WrongState while it is on the line;
    Busy and the store's errors."""
    find_campaign(outside, account, campaign_id)
    id = imported_call_id(campaign_id, number)
    read = outside.store.get(Call, id)
    if read is None:
        raise NotFound(f"The campaign {campaign_id} has no contact {number}.")
    held_slot = False

    def decide(call: Call) -> Call | None:
        nonlocal held_slot
        if call.is_final:
            return None
        if call.state not in REMOVABLE:
            message = f"{number} is on the line: its call {call.id} is {call.state}. Cancel the call."
            raise WrongState.of(message, "state", call.state, *REMOVABLE)
        held_slot = call.live
        return calls.finish(told(account, call), State.CANCELED, now=outside.clock.now())

    record = partial(record_change, outside)
    removed = change_call(outside, id, decide, read=read, record=record)
    if removed is not None and held_slot:
        prompts.ask_for_refill(outside, removed.lane, outside.clock.now())
