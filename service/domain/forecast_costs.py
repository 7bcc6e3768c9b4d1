"""What dials cost in the cloud at list prices, by what an answered call takes: tests/usecases/test_costs.py
counts it.

A call with a pass of its own is the dearest; those that end within one second share a pass. The ticks go on
whether there are calls or not, and are left out.
"""

from service.domain.money import MICROS
from service.domain.prices import BILLED_SECONDS_MIN, Use, dollars

READS, READS_OF_A_PASS = 7, 8
WRITES, WRITES_OF_A_PASS = 5, 3
TASK_OPERATIONS, TASK_OPERATIONS_OF_A_PASS = 3, 1
REQUESTS, REQUESTS_OF_A_PASS = 3, 1  # its handler, and two webhooks
CALLS_OF_A_PASS_MAX = 100


def cloud_micros(attempts: int, calls_a_second: float) -> int:
    """Millionths of a dollar."""
    return round(dollars(use_of_dials(attempts, calls_a_second)) * MICROS)


def use_of_dials(dials: int, calls_a_second: float = 0.0) -> Use:
    """By default each with a pass of its own."""
    of_a_pass = min(max(1.0, calls_a_second), CALLS_OF_A_PASS_MAX)

    def used(own: int, of_pass: int) -> int:
        return round(dials * (own + of_pass / of_a_pass))

    requests = used(REQUESTS, REQUESTS_OF_A_PASS)
    return Use(
        reads=used(READS, READS_OF_A_PASS),
        writes=used(WRITES, WRITES_OF_A_PASS),
        task_operations=used(TASK_OPERATIONS, TASK_OPERATIONS_OF_A_PASS),
        requests=requests,
        instance_seconds=requests * BILLED_SECONDS_MIN,
    )
