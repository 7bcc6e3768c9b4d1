"""Bodies of the do-not-call lists, checked, and how its numbers are shown."""

from datetime import datetime
from typing import Any

from service.contacts.any_number import parse_any_number
from service.contacts.do_not_call_file import ToBar
from service.contacts.numbers import Rejected
from service.domain.account import Account
from service.domain.callee import Callee, Source, is_barred
from service.domain.errors import Invalid
from service.entrypoints.schemas import Body, Moment, Text
from service.entrypoints.views import time_text


class NumberIn(Body):
    """A number to bar."""

    phone: Text
    reason: Text | None = None
    expires_at: Moment | None = None

    def to_bar(self, account: Account) -> ToBar:
        try:
            phone = parse_any_number(self.phone, account)
        except Rejected as rejected:
            raise Invalid.field("phone", rejected.message, rejected.code) from rejected
        return ToBar(phone, self.reason, self.expires_at)


def number_view(callee: Callee, now: datetime) -> dict[str, Any]:
    """`active`: whether it bars the number now; one that has expired stays in sight until it is removed."""
    return {
        "phone": callee.number,
        "reason": callee.do_not_call_reason,
        "expires_at": time_text(callee.barred_until),
        "by": callee.do_not_call_by or (Source.USER,),
        "active": is_barred(callee, now),
        "created_at": time_text(callee.do_not_call_since),
    }
