"""The shapes of what was used and what it cost; and of a campaign at a glance."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from service.entrypoints.openapi.answer import Answer, Money, Page
from service.entrypoints.openapi.answers_calls import CallOut
from service.entrypoints.openapi.answers_campaigns import CampaignWithProgress, Outcomes, WaitingSummary


class CountedUsage(Answer):
    """Counted and summed over the account's calls, so exact for the month that is going on. A call that is
    dialled again in a later month counts in that one alone."""

    dials: int
    calls: int = Field(description="That were last dialled in the month.")
    outcomes: Outcomes = Field(description="Of those that are over.")
    talk_seconds: int
    spent: Money = Field(description="By the account's rate, for attempts that are over.")


class FreeTierOut(Answer):
    name: str = Field(examples=["reads"])
    used: float = Field(description="In the month so far.")
    free: int
    every: Literal["day", "month"]
    share: float = Field(description="1 is all of it; of a day's, on average of the days so far.")
    source: str


class WorkedOutUsage(Answer):
    """Not measured: the ticks that there were since the month began (or the account, if later), each taken
    for a start of the service; and for each dial what an answered call with a pass of its own was counted to
    take. At list price, also what is within the free tiers. Other accounts' calls are not in it, nor is what
    the API and the console ask."""

    ticks: int
    asleep: Money = Field(description="The ticks, and the scheduler's job.")
    calls: Money
    total: Money
    never_sleeping: Money = Field(
        description="The same calls from a server that never sleeps: one instance all the time, which looks "
        "for work every ten seconds."
    )
    prices_of: str = Field(description="The month in which prices and free tiers were read.")
    free_tiers: list[FreeTierOut] = Field(
        description="What that takes of them; a billing account has them once, for all that it runs."
    )
    free: bool = Field(description="All of it is within the free tiers.")


class UsageOut(Answer):
    month: str = Field(examples=["2026-03"])
    timezone: str = Field(description="The account's: by its clock months begin.")
    now: datetime
    counted: CountedUsage
    worked_out: WorkedOutUsage


class CampaignOverview(Answer):
    campaign: CampaignWithProgress
    waiting: WaitingSummary
    calls: Page[CallOut]


class HourOfDay(Answer):
    hour: int = Field(ge=0, le=23, description="By the campaign's clock.")
    dials: int = Field(description="Calls that were first dialled in it.")
    answered: int = Field(description="Of those, the ones whose first dial ended as `completed`.")


class HoursOfDay(Answer):
    campaign_id: str
    data: list[HourOfDay]
