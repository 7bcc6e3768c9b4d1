"""What every adapter makes of an answer that its provider does not document."""

from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

from service.domain.events import CallEvent
from service.ports import LostOrder, Refused, TelephonyUnavailable
from tests.providers.conformance.exchange import CALLER, NOON, TO, Exchange, Reply, where
from tests.providers.conformance.test_hearing import OURS, placed
from tests.providers.conformance.test_hearing import heard as heard_of
from tests.providers.conformance.test_placing import place

HALF_AN_EMOJI = "Fine \ud83d"  # as JavaScript writes a text that was cut inside an emoji
ODD = (None, True, 5, 1e30, "http://[", HALF_AN_EMOJI, [], [5], [[]], {}, {"id": 5})
LOST = LostOrder(OURS, TO, CALLER, NOON)


def others(said: Any) -> Iterator[Any]:
    """The answer with each of its parts in turn being something else."""
    yield from ODD
    parts = list(
        said.items() if isinstance(said, dict) else enumerate(said if isinstance(said, list) else ())
    )
    for at, part in parts:
        for other in others(part):
            changed = said.copy()
            changed[at] = other
            yield changed


def asked(exchange: Exchange, ask: Any) -> Iterator[list[CallEvent]]:
    """What is heard when the first, or the second, answer to the question has another shape. Anything but
    TelephonyUnavailable is a fault."""
    said: list[Reply] = []
    answer = exchange.answer
    exchange.answer = lambda request: said.append(answer(request)) or said[-1]
    ask()
    for changed in range(len(said)):
        for other in others(said[changed].said):
            replies = iter([*said[:changed], Reply(200, other), *said[changed + 1 :]])
            exchange.answer = lambda request, replies=replies: next(replies, None) or answer(request)
            try:
                event = ask()
            except TelephonyUnavailable:
                continue
            yield event if isinstance(event, list) else [event] if event else []
    exchange.answer = answer


def is_kept(event: CallEvent) -> bool:
    """By every store."""
    texts = repr(astuple(event)).encode().decode()
    numbers = (event.duration_seconds or 0, (event.conversation and event.conversation.charged) or 0)
    return "\\ud83d" not in texts and max(numbers) < 2**63 and isinstance(event.provider_id, str)


def test_an_answer_of_another_shape_says_nothing_or_what_can_be_kept(exchange):
    id = placed(exchange)
    adapter = exchange.adapter()
    for words in (exchange.LIVE, exchange.OUTCOMES["completed"]):
        exchange.say(id, words)
        for ask in (lambda: adapter.look_up(id), lambda: adapter.find(LOST)):
            assert all(is_kept(event) for events in asked(exchange, ask) for event in events)


def test_nor_does_it_break_the_hanging_up(exchange):
    id = placed(exchange)
    adapter = exchange.adapter()
    for _ in asked(exchange, lambda: adapter.hang_up(id)):
        pass


def cut_in_emojis(said: Any) -> Any:
    if isinstance(said, dict):
        return {name: cut_in_emojis(part) for name, part in said.items()}
    if isinstance(said, list):
        return [cut_in_emojis(part) for part in said]
    return said + " \ud83d" if isinstance(said, str) else said


def test_a_refusal_that_was_cut_inside_an_emoji_is_one_all_the_same(exchange):
    refusal = exchange.REFUSED_NUMBER
    exchange.of_create = lambda _: Reply(refusal.status, cut_in_emojis(refusal.said))
    answer = place(exchange)
    assert isinstance(answer, Refused)
    assert answer.permanent
    answer.reason.encode()


@where(lambda kind: kind.name in ("bolna", "retell", "vapi"))  # the others say in webhooks what they keep
def test_a_transcript_that_was_cut_inside_an_emoji_is_kept_all_the_same(exchange):
    id = placed(exchange)
    exchange.say(
        id,
        {
            **exchange.OUTCOMES["completed"],
            "transcript": HALF_AN_EMOJI,
            "artifact": {"transcript": HALF_AN_EMOJI},
        },
    )
    for event in (exchange.adapter().look_up(id), *heard_of(exchange, id)):
        if event.conversation:
            assert event.conversation.transcript == "Fine ?"
    assert exchange.adapter().look_up(id).conversation is not None
