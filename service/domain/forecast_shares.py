"""How a forecast's campaigns share slots: the limits that they have in common, and the planner's turns."""

from collections import Counter
from dataclasses import replace

from service.domain.account import Account
from service.domain.forecast_campaign import Runner
from service.domain.forecast_limits import Budget, DayBudget, DayDials, Limit, Slots
from service.domain.forecast_lines import Queue
from service.domain.forecast_scene import Line, Scene
from service.domain.planning import Room, move_turns, share_slots


def runners_of(scene: Scene) -> list[Runner]:
    """One for each line; those of one account, or of the same caller numbers, have limits in common."""
    common = _Common(scene)
    return [
        Runner(line, common.account(line), scene.start, common.slots(line), common.limits(line))
        for line in scene.lines
    ]


def calls_in_flight_max(scene: Scene, line: Line) -> int:
    """How many it may have, where no others want slots."""
    return min(_in_flight(scene, line).values())


def _in_flight(scene: Scene, line: Line) -> dict[object, int]:
    """The limits of the lane, the account, the caller numbers and the campaign, by whose they are."""
    account, limits = scene.accounts[line.campaign.account_id], scene.limits
    most: dict[object, int] = {
        "lane": limits.of_lane(line.campaign.lane),
        account.id: limits.of_account(account),
    }
    if account.caller_calls_in_flight_max is not None and line.callers:
        most[account.id, line.callers] = account.caller_calls_in_flight_max * len(line.callers)
    if line.campaign.settings.calls_in_flight_max is not None:
        most[line.campaign.id] = line.campaign.settings.calls_in_flight_max
    return most


def those_in_the_way(scene: Scene) -> Scene:
    """Without the campaigns that can never hold up the first one: what they share is enough for all."""
    first, *others = scene.lines
    scarce = _scarce(scene) & _in_flight(scene, first).keys()
    kept = (line for line in others if scarce & _in_flight(scene, line).keys())
    return replace(scene, lines=(first, *kept))


def _scarce(scene: Scene) -> set[object]:
    """Whose limits are reached when all campaigns have all the calls that they may have."""
    wanted: Counter[object] = Counter()
    limits: dict[object, int] = {}
    for line in scene.lines:
        most = _in_flight(scene, line)
        limits.update(most)
        for of in most:
            wanted[of] += min(most.values())
    payers = (account for account in scene.accounts.values() if account.id in limits)
    wanted["lane"] = sum(min(wanted[account.id], limits[account.id]) for account in payers)
    a_day = {account.id for account in scene.accounts.values() if counts_days(account)}
    return {of for of, most in limits.items() if wanted[of] > most} | a_day


def counts_days(account: Account) -> bool:
    """It has a limit of the day, which its campaigns share."""
    return account.day_budget is not None or account.caller_calls_a_day_max is not None


class _Common:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._slots: dict[object, Slots] = {}
        self._limits: dict[object, Limit] = {}

    def account(self, line: Line) -> Account:
        return self._scene.accounts[line.campaign.account_id]

    def slots(self, line: Line) -> tuple[Slots, ...]:
        if len(self._scene.lines) == 1:  # the smallest holds it up before all others
            return (Slots(calls_in_flight_max(self._scene, line)),)
        most = _in_flight(self._scene, line)
        return tuple(self._slots.setdefault(of, Slots(limit)) for of, limit in most.items())

    def limits(self, line: Line) -> tuple[Limit, ...]:
        """On what calls use up: the campaign's budget, the account's of the day, the dials of its numbers."""
        scene, account, found = self._scene, self.account(line), list[Limit]()
        seconds, midnights = scene.limits.time_limit_seconds, scene.midnights.get(account.id, ())
        if (budget := line.campaign.settings.budget) is not None:
            found.append(Budget(budget - line.spent, account.rate, seconds))
        if (most := account.day_budget) is not None:
            used = scene.day_spent.get(account.id, 0)
            made = DayBudget(most, used, midnights, account.rate, seconds)
            found.append(self._limits.setdefault(account.id, made))
        if account.caller_calls_a_day_max is not None and line.callers:
            of = (account.id, line.callers)
            most, used = account.caller_calls_a_day_max * len(line.callers), scene.day_dials.get(of, 0)
            found.append(self._limits.setdefault(of, DayDials(most, used, midnights)))
        return tuple(found)


class Shares:
    """Who is next where several campaigns want a slot."""

    def __init__(self, scene: Scene) -> None:
        self._accounts = dict(scene.accounts)
        self._present_turn = scene.present_turn
        self._one_each = dict.fromkeys(self._accounts, 1)

    def next_of(self, runners: list[Runner], now: float) -> tuple[Runner, Queue] | None:
        ready = {}
        for runner in runners:
            if (queue := runner.next_queue(now)) is not None:
                ready[runner.campaign.id] = (runner, queue)
        if len(ready) < 2:
            return next(iter(ready.values()), None)
        campaigns = (runner.campaign for runner, _ in ready.values())
        (served,) = share_slots(campaigns, self._accounts, Room(1, self._one_each, {}), self._present_turn)
        return ready[served]

    def charge(self, runner: Runner, calls: int) -> None:
        campaign = runner.campaign
        turns = move_turns([campaign], self._accounts, {campaign.id: calls}, self._present_turn)
        id, account = campaign.account_id, self._accounts[campaign.account_id]
        self._present_turn = turns.present
        self._accounts[id] = replace(
            account, turn=turns.accounts[id], pace=turns.paces[id], tail=turns.tails[id]
        )
        runner.campaign = replace(campaign, turn=turns.campaigns[campaign.id], pace=turns.paces[campaign.id])
