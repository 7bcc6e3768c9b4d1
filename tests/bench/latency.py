"""How soon: from `POST /api/calls` to the provider's request, and from a slot that is freed to the next dial.

In real time on `python -m service` (SQLite, its own queue) with a telephone network in a process of its own,
the machine at rest but for them: beside the milliseconds, what they are of a round trip to that network, which
says more of other machines. And in virtual time, 10 slots and calls that end at moments by chance, what the
rules alone make of it: refills are asked for at the end of each second."""
