"""What time and others do with wishes: release and follow them; and what moves none of them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as some
from hypothesis.stateful import rule

from services.chassis.calendar import first_day_of, month_of, next_period
from services.chassis.contracts import Event
from services.chassis.refusals import IllegalMove, Refusal
from services.claims.contracts import PoolMoved, TurnMoved, WaitingMoved
from services.scheduler.contracts import ReleaseDue, RemindersDue
from services.wishes.contracts import (
    AnswerComplaint,
    CallOffCampaign,
    CampaignOver,
    ComplaintAbout,
    CreateCampaign,
    GetFigures,
    JoinCampaign,
    ListComplaints,
    Measure,
    NotAReleaseArea,
    NotCollecting,
    PeriodNotBegun,
    PreviewRelease,
    ReleaseWishes,
    SubmitComplaint,
    UnknownWish,
)
from services.wishes.domain import WishAction, WishState
from tests.support.machines import plays
from tests.support.wishes import (
    CITY,
    COMMUNITY,
    DISTRICT,
    OFFICER,
    PLACES,
    STREET,
    Place,
    claims_ended,
    claims_made,
    fulfilment,
    id_of,
    standing,
    the_city,
)
from tests.support.wishes_life import HOMES, ZONE, WishesLived, numbers
from tests.support.wishes_model import JOINS_CAMPAIGNS, KnownCampaign, KnownWish
from tests.support.wishes_programme import dates_from

scopes = some.sampled_from([CITY, CITY, DISTRICT])
ABOUT = {"title": "想要一台收音机", "wish_code": "ABCD2345", "area_path": COMMUNITY.path}

NEVER_ON_THE_BOARD = (
    WishState.SUBMITTED,
    WishState.RETURNED,
    WishState.SCREENED,
    WishState.REFERRED,
    WishState.SETTLED,
    WishState.DECLINED,
)


class Releasing(WishesLived):
    """Months, and campaigns with openings of their own."""

    @plays(WishAction.RELEASE)
    @rule(months=some.sampled_from([0, 0, -1, 1]), scope=scopes, by_the_clock=some.booleans())
    def release(self, months: int, scope: Place, by_the_clock: bool) -> None:
        period = self.month(months)
        command = ReleaseWishes(by=OFFICER, area_id=scope.id, period=period)
        due = ReleaseDue(period=period, area_id=scope.id, release_on=self.today)
        if self.known.scope_of(scope) != scope:
            self.refused(command, NotAReleaseArea)
            self.not_taken_in(due, NotAReleaseArea)
        elif months > 0 and not by_the_clock:
            self.refused(command, PeriodNotBegun)
        else:
            expected = self.expected_of(period, scope)
            for _ in ("told", "told twice"):
                self.house.hear(due) if by_the_clock else self.done(command)
            self.released(period, scope, expected)

    @plays(WishAction.RELEASE)
    @rule(days=some.sampled_from([1, 3, 8, 25]), is_told=some.sampled_from([True, True, False]))
    def let_days_pass(self, days: int, is_told: bool) -> None:
        self.hands.set(self.now + timedelta(days=days))
        if is_told:
            self.house.hear(RemindersDue(on=self.today))
            self.known.begins_day(self.today, self.now)

    @rule(is_called_off=some.booleans())
    def run_a_campaign(self, is_called_off: bool) -> None:
        """Plan one when none is running; else go on, or call it off."""
        for campaign in self.known.campaigns if is_called_off else []:
            call_off = CallOffCampaign(by=OFFICER, campaign_id=campaign.id, reason="因天气原因取消")
            if campaign.is_running(self.today):
                self.done(call_off)
                campaign.is_called_off = True
            else:
                self.refused(call_off, CampaignOver)
        if not any(campaign.is_running(self.today) for campaign in self.known.campaigns):
            dates = dates_from(self.today)
            plan = CreateCampaign(by=OFFICER, area_id=CITY.id, name="您的心愿，我们的志愿", dates=dates)
            self.known.campaigns.append(KnownCampaign(self.done(plan).id, dates))

    @rule(number=numbers)
    def join_the_campaign(self, number: int) -> None:
        may_join = [wish for wish in self.known.wishes if wish.state in JOINS_CAMPAIGNS]
        chosen = may_join if may_join and number % 5 else self.known.wishes
        wish = chosen[number // 5 % len(chosen)]
        for campaign in self.known.campaigns[-1:]:
            command = JoinCampaign(by=OFFICER, wish_id=wish.id, campaign_id=campaign.id)
            is_in = wish.campaign is campaign
            if wish.state in JOINS_CAMPAIGNS and (is_in or campaign.is_collecting(self.today)):
                self.done(command)
                wish.joins(campaign)
            else:
                self.refused(command, NotCollecting)

    def expected_of(self, period: str, scope: Place) -> tuple[int, int] | None:
        """Return what a preview says that a release would put up and carry over, None when that was done."""
        view = self.house.ask(PreviewRelease(by=OFFICER, area_id=scope.id, period=period))
        return None if view.is_released else (view.wishes, view.carried_over)

    def released(self, period: str, scope: Place, expected: tuple[int, int] | None) -> None:
        """Know of a release, and that the preview had foretold it."""
        assert (expected is None) == ((period, scope.id) in self.known.releases)
        self.known.releases_month(period, scope, self.now, self.today)
        assert expected in (None, self.known.releases[period, scope.id])

    def month(self, later: int) -> str:
        """Return the present month, the last or the next one."""
        this = month_of(self.today)
        return {
            -1: month_of(first_day_of(this) - timedelta(days=1)),
            0: this,
            1: next_period(this),
        }[later]


class Following(WishesLived):
    """What claims tells: in order, twice, out of order, and what cannot be."""

    under_way: list[tuple[str, int, Event, KnownWish]]
    """State, version and event of everything that claims has told so far, heard or not."""

    @plays(WishAction.CLAIM, WishAction.REOPEN, WishAction.FULFIL)
    @rule(number=numbers, how=some.integers(0, 3), is_heard=some.booleans())
    def claims_moves_an_offer(self, number: int, how: int, is_heard: bool) -> None:
        offered = [wish for wish in self.known.wishes if wish.offer and wish.offer.state in ("open", "taken")]
        for wish in offered[number % len(offered) :][:1] if offered else []:
            assert wish.offer is not None
            after = {
                "open": ("open", "taken", "taken", "taken"),
                "taken": ("open", "taken", "fulfilled", "fulfilled"),
            }[wish.offer.state][how]
            if wish.state is WishState.WITHDRAWN and how == 0:
                after = "withdrawn"  # claims has heard of it
            wish.offer.version += 1
            before, wish.offer.state = wish.offer.state, after
            event = an_event(wish.id, before, after, wish.offer.version, how)
            self.under_way.append((after, wish.offer.version, event, wish))
            if is_heard:
                self.hear_all(self.under_way[-1:])

    @plays(WishAction.CLAIM, WishAction.REOPEN, WishAction.FULFIL)
    @rule(number=numbers, together=some.booleans())
    def hear_of_an_offer(self, number: int, together: bool) -> None:
        """Hear of anything that claims ever told, heard or not, alone or with others of its kind."""
        told = self.under_way
        for chosen in told[number % len(told) :][:1] if told else []:
            alike = [one for one in told if type(one[2]) is type(chosen[2])]
            self.hear_all(alike[-3:] if together else [chosen])

    def hear_all(self, heard: list[tuple[str, int, Event, KnownWish]]) -> None:
        """Hear events of one kind in one transaction; of each wish, the newest counts."""
        self.house.hear(*(event for _, _, event, _ in heard))
        newest = {id(wish): (state, version, event, wish) for state, version, event, wish in heard}
        for state, version, event, wish in newest.values():
            wish.hears(state, version, event.occurred_at)

    @rule(number=numbers)
    def hear_what_cannot_be(self, number: int) -> None:
        chosen = [wish.id for wish in self.known.wishes if wish.state in NEVER_ON_THE_BOARD]
        known, why = (chosen, IllegalMove) if chosen and number % 4 else ([id_of("elsewhere")], UnknownWish)
        about: UUID = known[number // 4 % len(known)]
        refusal: type[Refusal] = why
        self.not_taken_in(claims_made((about, standing("taken", 1))), refusal)


class Standing(WishesLived):
    """What moves no wish: complaints, other words and scopes for an area, a count."""

    @rule(how=some.integers(0, 2), number=numbers)
    def stand_still(self, how: int, number: int) -> None:
        """Complain, change the words and the scopes of release of the city, or count."""
        if how == 0:
            self.complain(HOMES[number % len(HOMES)], is_answered=number % 2 == 0)
        elif how == 1:
            self.settle_anew(("000", "001", "004")[number % 3], district_releases=number % 2 == 1)
        else:
            self.count((CITY, DISTRICT, STREET, COMMUNITY)[number % 4])

    def complain(self, home: Place, *, is_answered: bool) -> None:
        """Say that nobody called back, and perhaps be answered."""
        self.done(SubmitComplaint(text="没有人回话", about=ComplaintAbout.WISH, area_id=home.id))
        lines = self.house.ask(ListComplaints(by=OFFICER)).items
        for line in [line for line in lines if line.state == "open"][:1] if is_answered else []:
            self.done(AnswerComplaint(by=OFFICER, complaint_id=line.id, answer_text="已回访"))

    def settle_anew(self, taxonomy: str, *, district_releases: bool) -> None:
        """Let the directory tell of other words for the city, and of who releases for the district."""
        self.known.version += 1
        self.known.district_releases = district_releases
        scope = DISTRICT if district_releases else CITY
        self.house.hear(the_city(self.known.version, scope, taxonomy=taxonomy))

    def count(self, place: Place) -> None:
        """See that the figures are those of what happened, and that a parent is the sum of its children."""
        months = {month_of(step.at.astimezone(ZONE).date()) for w in self.known.wishes for step in w.steps}
        for month in sorted(months | {month_of(self.today)}):
            view = self.house.ask(GetFigures(by=OFFICER, area_id=place.id, period=month))
            of_parts = [part.total for part in view.parts]
            for measure in Measure:
                whole = getattr(view.figures.total, measure)
                assert whole == sum(getattr(one, measure) for one in (view.own, *of_parts))
                assert whole == self.counted(place, month)[measure], (measure, month)
            for part in view.parts:
                below = next(one for one in PLACES if one.id == part.area_id)
                counted = self.counted(below, month)
                assert all(getattr(part.total, measure) == counted[measure] for measure in Measure)

    def counted(self, place: Place, month: str) -> Any:
        """Return what there is to count in a place and everything below it."""
        homes = [home for home in HOMES if home.path.startswith(place.path)]
        return self.known.counts(homes, month, ZONE)


def an_event(wish_id: UUID, before: str, after: str, version: int, how: int) -> Event:
    """Return what claims tells when an offer moves so; `how` varies who moved it."""
    stands = standing(after, version, int(after == "open"))
    about: dict[str, Any] = {"wish_id": wish_id, "standing": stands, **ABOUT}
    if after == "fulfilled" or (before, after) == ("taken", "taken"):
        return fulfilment(wish_id, stands)
    if after == "withdrawn":
        return claims_ended((wish_id, stands), how="withdrawn")
    if version % 3 == 0:
        turn = "offered" if after == "taken" else "timed_out"
        kept = TurnMoved(waiting_id=id_of("turn"), member_id=id_of("member"), how=turn, **about)
        return WaitingMoved(turns=[kept])
    if version % 5 == 0:
        pool: dict[str, Any] = {"pool_id": id_of("pool"), "target": 900, "pledged": 10, "pledgers": []}
        return PoolMoved(how="opened" if after == "taken" else "lapsed", **pool, **about)
    if before == "taken":
        return claims_ended((wish_id, stands))
    return claims_made((wish_id, stands))
