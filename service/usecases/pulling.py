"""Who makes work pulls the clock, blindly and in the same commit."""

from service.domain.campaign import Campaign
from service.domain.lane import AWAKE, Wake
from service.ports import Merge


def pull_clock(lane: str) -> Merge:
    return Merge(Wake, lane, {"at": AWAKE})


def pull_campaign(campaign_id: str) -> Merge:
    return Merge(Campaign, campaign_id, {"next_due_at": AWAKE})
