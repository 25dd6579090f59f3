"""What wishes ought to be after all that was done to them: the model of the machine of wishes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.chassis.calendar import month_of
from services.wishes.contracts import CampaignDates, Urgency
from services.wishes.domain import MEASURE_OF, ON_THE_BOARD, WISH_LIFECYCLE, WishAction, WishState
from tests.support.wishes import CITY, DISTRICT, Place

JOINS_CAMPAIGNS = (WishState.SUBMITTED, WishState.RETURNED, WishState.SCREENED)

FOLLOWS = {
    ("taken", WishState.RELEASED): WishAction.CLAIM,
    ("open", WishState.CLAIMED): WishAction.REOPEN,
    ("fulfilled", WishState.CLAIMED): WishAction.FULFIL,
    ("fulfilled", WishState.RELEASED): WishAction.FULFIL,
    ("fulfilled", WishState.WITHDRAWN): WishAction.FULFIL,
}
"""How a wish follows its offer; in every other state it stays."""


@dataclass(eq=False)
class KnownCampaign:
    """A campaign of the whole city."""

    id: UUID
    dates: CampaignDates
    is_opened: bool = False
    is_called_off: bool = False

    def is_running(self, on: date) -> bool:
        """Say whether it may still be called off."""
        return not self.is_called_off and on <= self.dates.ends_on

    def is_collecting(self, on: date) -> bool:
        """Say whether a wish may join."""
        return not self.is_called_off and self.dates.collects_from <= on < self.dates.claims_from

    def holds_back(self) -> bool:
        """Say whether its wishes wait for its own opening instead of their month."""
        return not self.is_opened and not self.is_called_off

    def puts_up_at_once(self, on: date) -> bool:
        """Say whether what is accepted now goes up at once."""
        return self.is_opened and self.is_running(on)


@dataclass(frozen=True)
class Step:
    """One move of a wish: what it was, from where, when, and in which version of the wish it ended."""

    action: WishAction
    before: WishState | None
    after: WishState
    at: datetime
    version: int
    by_department: bool = False


@dataclass
class KnownOffer:
    """How claims sees a wish that was released to it."""

    state: str = "open"
    version: int = 0


@dataclass(eq=False)
class KnownWish:
    """A wish."""

    id: UUID
    code: str
    place: Place
    urgency: Urgency = Urgency.ORDINARY
    batch_id: UUID | None = None
    campaign: KnownCampaign | None = None
    version: int = 0
    period: str | None = None
    released_at: datetime | None = None
    last_month: str | None = None
    months_carried: int = 0
    claims_version: int | None = None
    lies_with_department: bool = False
    offer: KnownOffer | None = None
    carried_at: list[datetime] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def state(self) -> WishState:
        """Return where it stands."""
        return self.steps[-1].after

    def row(self) -> tuple[Any, ...]:
        """Return what its row ought to say."""
        campaign_id = self.campaign.id if self.campaign else None
        released = (self.period, self.released_at, self.last_month, self.months_carried)
        return (self.state, self.version, *released, campaign_id, self.claims_version)

    def takes(
        self, action: WishAction, at: datetime, *, by_claims: bool = False, by_department: bool = False
    ) -> None:
        """Take a step of the table; claims leaves the version of the wish as it is."""
        before = self.state if self.steps else None
        after = WISH_LIFECYCLE.after(before, action) if before else WISH_LIFECYCLE.starts
        self.version += not by_claims
        self.steps.append(Step(action, before, after, at, self.version, by_department))

    def joins(self, campaign: KnownCampaign) -> None:
        """Join a campaign; what is told of it is newer than what was told before."""
        self.version += campaign is not self.campaign
        self.campaign = campaign

    def goes_up(self, at: datetime, last_month: str, period: str | None = None) -> None:
        """Go on the board, where claims makes an offer of it."""
        self.takes(WishAction.RELEASE, at)
        self.released_at, self.last_month, self.period = at, last_month, period
        self.offer = KnownOffer()

    def hears(self, state: str, version: int, at: datetime) -> None:
        """Follow its offer, unless something newer was heard before."""
        if self.claims_version is not None and version <= self.claims_version:
            return
        self.claims_version = version
        if action := FOLLOWS.get((state, self.state)):
            if action is WishAction.FULFIL and self.state is WishState.RELEASED:
                self.takes(WishAction.CLAIM, at, by_claims=True)  # nobody told of it yet
            self.takes(action, at, by_claims=True)

    def announcements(self) -> list[tuple[str, int | None]]:
        """Return what ought to have been announced of it, with the version where the event has one."""
        told = [_announced(step) for step in self.steps]
        return [one for one in told if one is not None]


_SAID = {
    WishAction.SUBMIT: "submitted",
    WishAction.ACCEPT: "accepted",
    WishAction.RETURN: "returned",
    WishAction.DECLINE: "declined",
    WishAction.REFER: "referred",
}
_SAID_BY_DEPARTMENT = {
    WishAction.TAKE_BACK: "answered: returned",
    WishAction.DECLINE: "answered: declined",
    WishAction.SETTLE: "answered: settled",
}


def _announced(step: Step) -> tuple[str, int | None] | None:
    if step.action is WishAction.RELEASE:
        return "released", step.version
    if step.action is WishAction.WITHDRAW:
        return ("withdrawn", step.version) if step.before in ON_THE_BOARD else None
    words = _SAID_BY_DEPARTMENT if step.by_department else _SAID
    return (words[step.action], None) if step.action in words else None


@dataclass
class KnownCity:
    """All wishes of the test city, its releases and its campaign."""

    wishes: list[KnownWish] = field(default_factory=list)
    releases: dict[tuple[str, UUID], tuple[int, int]] = field(default_factory=dict)
    campaigns: list[KnownCampaign] = field(default_factory=list)
    undone: set[UUID] = field(default_factory=set)
    district_releases: bool = False
    version: int = 1

    def scope_of(self, place: Place) -> Place:
        """Return with whose release the wishes of a place go up."""
        return DISTRICT if self.district_releases and place.path.startswith(DISTRICT.path) else CITY

    def may_be_undone(self, batch_id: UUID) -> bool:
        """Say whether no wish of an import has moved, and nobody has undone it."""
        moved = any(len(wish.steps) > 1 for wish in self.of_batch(batch_id))
        return batch_id not in self.undone and not moved

    def of_batch(self, batch_id: UUID) -> list[KnownWish]:
        """Return the wishes of an import."""
        return [wish for wish in self.wishes if wish.batch_id == batch_id]

    def releases_month(self, period: str, scope: Place, now: datetime, today: date) -> None:
        """Release a month in a scope, unless that was done."""
        if (period, scope.id) in self.releases:
            return
        here = [wish for wish in self.wishes if self.scope_of(wish.place) == scope]
        unclaimed = [wish for wish in here if wish.state is WishState.RELEASED]
        carried = [wish for wish in unclaimed if wish.last_month and wish.last_month < period]
        waiting = [wish for wish in here if wish.state is WishState.SCREENED and not _is_held_back(wish)]
        for wish in carried:
            wish.months_carried, wish.last_month = wish.months_carried + 1, period
            wish.carried_at.append(now)
        for wish in waiting:
            wish.goes_up(now, max(period, month_of(today)), period)
        self.releases[period, scope.id] = (len(waiting), len(carried))

    def begins_day(self, today: date, now: datetime) -> None:
        """Open every campaign whose stage of claiming has come, and put up what was screened for it."""
        for campaign in self.campaigns:
            if campaign.holds_back() and campaign.dates.claims_from <= today:
                campaign.is_opened = True
                for wish in self.wishes:
                    if wish.campaign is campaign and wish.state is WishState.SCREENED:
                        wish.goes_up(now, month_of(today))

    def counts(self, places: Iterable[Place], month: str, zone: Any) -> Counter[str]:
        """Return how many wishes of these places did what for the first time in a month."""
        counted: Counter[str] = Counter()
        for wish in self.wishes:
            if wish.place in places:
                first = {step.action: step.at for step in reversed(wish.steps)}
                done = [
                    (MEASURE_OF[action].value, at) for action, at in first.items() if action in MEASURE_OF
                ]
                done += [("carried_over", at) for at in wish.carried_at]
                counted.update(
                    measure for measure, at in done if month_of(at.astimezone(zone).date()) == month
                )
        return counted


def _is_held_back(wish: KnownWish) -> bool:
    return wish.campaign is not None and wish.campaign.holds_back()
