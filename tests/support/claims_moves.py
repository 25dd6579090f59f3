"""What members, units, residents, workers and the clock do with claims, lines and pledges."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as some
from hypothesis.stateful import rule

from services.chassis import clock
from services.chassis.refusals import Refusal
from services.claims.contracts import (
    AcceptPlace,
    ClaimBatch,
    Claimed,
    ClaimForTeam,
    ClaimForUnit,
    ClaimJointly,
    ClaimWish,
    ConfirmByResident,
    ConfirmFulfilment,
    DeclinePlace,
    DeliverClaim,
    FinishJointPart,
    GiveBackPledge,
    GiveUpFreePlaces,
    JointParty,
    JointShare,
    LeaveLine,
    PledgeTowardsWish,
    ReceivePledge,
    ReportNotDone,
    ReportNotDoneByResident,
    ReturnClaim,
    UndoClaim,
    WaitForPlace,
    WithdrawPledge,
)
from services.claims.domain import (
    OPEN_DISPATCHES,
    ClaimAction,
    DispatchAction,
    OfferState,
    PledgeAction,
    PoolAction,
    VisitAction,
    WaitingAction,
)
from services.scheduler.contracts import LapsesDue, RemindersDue
from services.wishes.contracts import WishWithdrawn
from tests.support.claims import COMMUNITY, CONFIRMATION_CODE, NOON, as_member, as_worker
from tests.support.claims_life import ZONE, ClaimsLived, looked_at, members, numbers, wishes
from tests.support.collective import SOMEBODY, an_hour, as_officer
from tests.support.machines import plays

keys = some.sampled_from([None, "1", "2"])
codes = some.sampled_from([CONFIRMATION_CODE, CONFIRMATION_CODE, "000000"])

_BY_DOER: dict[str, Any] = {"undo": UndoClaim, "return": ReturnClaim, "deliver": DeliverClaim}
ENDS = (*_BY_DOER, "deliver", "confirm", "confirm", "confirm one's own", "finish a part", "report not done")
"""What becomes of a claim; the most usual twice."""


class Claiming(ClaimsLived):
    """Places taken by one and by many, given back, delivered and confirmed."""

    @rule(asked=some.lists(some.tuples(members, wishes, keys), min_size=1, max_size=12))
    def claim_together(self, asked: list[tuple[int, int, str | None]]) -> None:
        commands = [
            ClaimWish(by=self.member(member), wish_id=self.wishes[wish].wish_id, key=key)
            for member, wish, key in asked
        ]
        answers = self.house.claim_all(*commands)
        assert all(isinstance(answer, Claimed | Refusal) for answer in answers)

    @rule(member=members, wish=wishes, how=some.sampled_from(["unit", "team", "joint", "house", "all"]))
    def claim_as_many(self, member: int, wish: int, how: str) -> None:
        """Claim for a unit, a team or several jointly, or a household or a community in one go."""
        by, wish_id = self.member(member), self.wishes[wish].wish_id
        if how == "unit":
            by_unit = as_officer(self.unit)
            self.ask(ClaimForUnit(by=by_unit, wish_id=wish_id, unit_id=self.unit, named=SOMEBODY))
        elif how == "team":
            self.ask(ClaimForTeam(by=by, wish_id=wish_id, team_id=self.team))
        elif how == "joint":
            self.claim_jointly(wish)
        elif how == "house":
            self.ask(ClaimBatch(by=by, household_of=wish_id, all_or_nothing=False))
        else:
            self.ask(ClaimBatch(by=by, community_id=COMMUNITY, all_or_nothing=member % 2 == 0))

    def claim_jointly(self, wish: int) -> None:
        """Let a unit lead, with another unit and a team."""
        others = [
            JointShare(party=JointParty.UNIT, party_id=self.partner, share="送货"),
            JointShare(party=JointParty.TEAM, party_id=self.team, share="安装"),
        ]
        command = ClaimJointly(
            by=as_officer(self.unit),
            wish_id=self.wishes[wish].wish_id,
            unit_id=self.unit,
            own_share="买轮椅",
            others=others,
            named=SOMEBODY,
        )
        self.ask(command)

    @plays(
        ClaimAction.UNDO,
        ClaimAction.RETURN,
        ClaimAction.DELIVER,
        ClaimAction.CONFIRM,
        ClaimAction.REPORT_NOT_DONE,
        PoolAction.FULFIL,
        PoolAction.CLOSE,
    )
    @rule(number=numbers, how=some.sampled_from(ENDS))
    def see_through(self, number: int, how: str) -> None:
        """Let one of the claims go on: its doer moves it, or a worker, who is never the doer."""
        for claim in self.one_of(number, "claim", "state IN ('held', 'delivered'), id"):
            doer, claim_id = self.doer_of(claim), claim.id
            if how in _BY_DOER:
                self.ask(_BY_DOER[how](by=doer, claim_id=claim_id))
            elif how == "confirm":
                self.ask(ConfirmFulfilment(by=as_worker(), claim_id=claim_id))
            elif how == "confirm one's own" and claim.member_id:
                by = as_worker(member_id=claim.member_id)
                assert self.ask(ConfirmFulfilment(by=by, claim_id=claim_id)) is None
            elif how == "finish a part":
                self.finish_parts(claim_id)
            elif how == "report not done":
                self.ask(ReportNotDone(by=as_worker(), claim_id=claim_id, reason="没有送到"))

    def finish_parts(self, claim_id: UUID) -> None:
        """Let every party to a joint claim say that its part is done."""
        parts = "SELECT * FROM claims.joint_part WHERE claim_id = :id"
        for part in self.house.rows(parts, id=claim_id):
            by = as_member(self.members[0]) if part.party == JointParty.TEAM else as_officer(part.party_id)
            self.ask(FinishJointPart(by=by, claim_id=part.claim_id, party_id=part.party_id))

    @plays(ClaimAction.CONFIRM, ClaimAction.REPORT_NOT_DONE)
    @rule(wish=wishes, code=codes, is_done=some.booleans())
    def hear_the_resident(self, wish: int, code: str, is_done: bool) -> None:
        said: dict[str, Any] = {"wish_code": self.wishes[wish].code, "confirmation_code": code}
        if is_done:
            self.ask(ConfirmByResident(satisfaction=5, **said))
        else:
            self.ask(ReportNotDoneByResident(**said))


class Sharing(ClaimsLived):
    """Lines for places that are gone, and pledges that fill one together."""

    @rule(member=members, wish=wishes)
    def wait_for_place(self, member: int, wish: int) -> None:
        self.ask(WaitForPlace(by=self.member(member), wish_id=self.wishes[wish].wish_id))

    @plays(WaitingAction.OFFER, WaitingAction.ACCEPT, WaitingAction.DECLINE, WaitingAction.LEAVE)
    @rule(number=numbers, how=some.sampled_from([AcceptPlace, AcceptPlace, DeclinePlace, LeaveLine]))
    def answer_a_turn(self, number: int, how: type[AcceptPlace | DeclinePlace | LeaveLine]) -> None:
        for turn in self.one_of(number, "waiting", "state = 'offered', state = 'waiting', id"):
            self.ask(how(by=as_member(turn.member_id), waiting_id=turn.id))

    @plays(PoolAction.REACH)
    @rule(member=members, wish=wishes, amount=some.integers(1, 3))
    def pledge(self, member: int, wish: int, amount: int) -> None:
        wish_id = self.wishes[wish].wish_id
        self.ask(PledgeTowardsWish(by=self.member(member), wish_id=wish_id, amount=amount))

    @plays(PledgeAction.WITHDRAW, PledgeAction.RECEIVE, PledgeAction.GIVE_BACK, PoolAction.CLOSE)
    @rule(number=numbers, how=some.sampled_from([WithdrawPledge, ReceivePledge, GiveBackPledge]))
    def move_a_pledge(self, number: int, how: type[WithdrawPledge | ReceivePledge | GiveBackPledge]) -> None:
        for one in self.one_of(number, "pledge"):
            by = as_member(one.member_id) if how is WithdrawPledge else as_worker()
            self.ask(how(by=by, pledge_id=one.id))


class Sufficing(ClaimsLived):
    """Workers who say that what was taken is enough."""

    @rule(wish=wishes)
    def give_up_free_places(self, wish: int) -> None:
        self.ask(GiveUpFreePlaces(by=as_worker(), wish_id=self.wishes[wish].wish_id))


DAY = 24 * 60
"""Minutes."""


class Elsewhere(ClaimsLived):
    """What wishes and the clock tell."""

    @rule(wish=wishes, places=some.integers(1, 4))
    def release_again(self, wish: int, places: int) -> None:
        self.house.release(self.newer(wish, places=places))

    @plays(ClaimAction.WITHDRAW, WaitingAction.CLOSE, PoolAction.CLOSE, PledgeAction.LAPSE)
    @rule(wish=wishes, is_meant=some.sampled_from([True, False, False]))
    def withdraw(self, wish: int, is_meant: bool) -> None:
        """Hear that a wish is no longer wanted; seldom, for little can happen to it after that."""
        if is_meant:
            newer = self.newer(wish)
            self.house.hear(WishWithdrawn(wish_id=newer.wish_id, version=newer.version))

    @plays(ClaimAction.LAPSE, PoolAction.LAPSE, PledgeAction.LAPSE)
    @rule(days=some.sampled_from([0, 5, 10, 15, 30]))
    def lapse(self, days: int) -> None:
        first_day = NOON.astimezone(ZONE).date()
        self.house.hear(LapsesDue(on=first_day + timedelta(days=days)))

    @plays(
        WaitingAction.TIME_OUT,
        VisitAction.MISS,
        DispatchAction.PROPOSE,
        DispatchAction.MOVE_ON,
        DispatchAction.EXHAUST,
        DispatchAction.WITHDRAW,
    )
    @rule(minutes=some.sampled_from([0, 0, 1, 11, 10 * 60, DAY, DAY + 1, 5 * DAY]), tells=some.booleans())
    def pass_time(self, minutes: int, tells: bool) -> None:
        """Let time pass; the scheduler tells of the hour, and of the morning when it is another day.

        After an hour was told, nobody is asked about a wish that has no place left.
        """
        before = self.today
        self.later(minutes)
        if tells:
            self.house.hear(an_hour(clock.now()))
            seen = looked_at(self.house)
            asked = [one.offer_id for one in seen.dispatch if one.state in OPEN_DISPATCHES]
            assert all(seen.offer[offer_id].state == OfferState.OPEN for offer_id in asked)
            if self.today > before:
                self.house.hear(RemindersDue(on=self.today))
