"""`POST /webhooks/twilio/messages/{account}`: who writes STOP to the account's numbers is not called either.

What Twilio sends: www.twilio.com/docs/messaging/guides/webhook-request. It names the kind of message in
OptOutType where Advanced Opt-Out is in use (www.twilio.com/docs/messaging/tutorials/advanced-opt-out);
else the words are those that it goes by itself.
"""

from collections.abc import Mapping

from flask import Blueprint, Response

from service.contacts.any_number import E164, parse_known_number
from service.domain.account import Account
from service.entrypoints.site import note, site
from service.entrypoints.twilio_form import signed_form
from service.usecases.accounts import find_account
from service.usecases.do_not_call import opt_in, opt_out

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "UNSTOP"})  # not YES, which also answers other questions
WORD_CHARACTERS_MAX = 40

blueprint = Blueprint("twilio_message", __name__)


@blueprint.post("/webhooks/twilio/messages/<account_id>")
def twilio_message(account_id: str) -> Response:
    """The answer says nothing to who has written: Twilio or the account does that."""
    fields = dict(signed_form())
    account = find_account(site().outside, account_id)
    note(id=account.id, result=_carry_out(account, fields))
    return Response("<Response/>", mimetype="text/xml")


def _carry_out(account: Account, fields: Mapping[str, str]) -> str:
    """What became of it, for the receipt."""
    wish = _wish(fields)
    if wish is None:
        return "unchanged"
    sender = fields.get("From", "").removeprefix("whatsapp:")
    if not E164.fullmatch(sender):  # a short code, or a name: nobody can be called there
        return "no_number"
    number = parse_known_number(sender, account)
    if wish == "STOP":
        opt_out(site().outside, account, number)
        return "opted_out"
    opt_in(site().outside, account, number)
    return "opted_in"


def _wish(fields: Mapping[str, str]) -> str | None:
    """STOP, START, or neither. A word counts only when it is the whole message, as at Twilio; "Stop." and
    "stop all" are words as well."""
    said = fields.get("OptOutType", "").strip().upper()
    if said:
        return said if said in ("STOP", "START") else None
    body = fields.get("Body", "").strip().upper()
    if len(body) > WORD_CHARACTERS_MAX:
        return None
    if "".join(filter(str.isalpha, body)) in STOP_WORDS:
        return "STOP"
    return "START" if body in START_WORDS else None
