"""How many bytes a call takes in the store, reckoned from above: by what can be long in it."""

from collections.abc import Iterable, Mapping

from service.domain.call import Call

CALL_BYTES = 2_500  # of one without texts and attempts, the names of its fields included
ATTEMPT_BYTES = 1_500
TEXT_BYTES = 20  # that a text takes beside its own


def bytes_of(texts: Iterable[str | None]) -> int:
    return sum(len(text.encode()) + TEXT_BYTES for text in texts if text)


def bytes_of_contact(name: str | None, external_id: str | None, variables: Mapping[str, str]) -> int:
    """Without what all calls have."""
    return bytes_of([name, external_id, *variables, *variables.values()])


def bytes_of_call(call: Call) -> int:
    texts: list[str | None] = [call.trouble]
    if call.script:
        texts += [call.script.twiml, call.script.url]
    for attempt in call.attempts:
        texts.append(attempt.error)
        if said := attempt.conversation:
            texts += [said.transcript, said.summary, said.recording_url]
    contact = bytes_of_contact(call.name, call.external_id, call.variables)
    return CALL_BYTES + ATTEMPT_BYTES * len(call.attempts) + contact + bytes_of(texts)


def shortened(text: str, bytes_max: int) -> str:
    """As much of it as there is room for, without a part of a character at its end."""
    return text.encode("utf-8", "replace")[:bytes_max].decode(errors="ignore")
