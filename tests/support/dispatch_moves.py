"""What workers and those they ask do with dispatches, and with visits that recur."""

from uuid import UUID

from hypothesis import strategies as some
from hypothesis.stateful import rule

from services.claims.contracts import (
    AcceptDispatch,
    ArrangeVisits,
    DeclineDispatch,
    DispatchWish,
    EndVisits,
    LeaveVisits,
    RecordVisit,
    Rhythm,
    WithdrawDispatch,
)
from services.claims.domain import (
    OPEN_DISPATCHES,
    ArrangementAction,
    DispatchAction,
    VisitAction,
)
from tests.support.claims import as_member, as_worker
from tests.support.claims_life import ClaimsLived, looked_at, members, numbers, wishes
from tests.support.machines import plays

candidates = some.lists(members, min_size=1, max_size=4, unique=True)


class Dispatching(ClaimsLived):
    """Members and teams who are asked in turn."""

    @plays(DispatchAction.PROPOSE, DispatchAction.EXHAUST)
    @rule(wish=wishes, asked=candidates, teams=some.integers(0, 3))
    def dispatch(self, wish: int, asked: list[int], teams: int) -> None:
        """Ask members, or none, one or two teams before them; there is a place for everybody who is asked."""
        wish_id = self.wishes[wish].wish_id
        team_ids: list[UUID] = [[], [], [self.team], [self.other_team, self.team]][teams]
        member_ids = [self.members[member] for member in asked]
        command = DispatchWish(by=as_worker(), wish_id=wish_id, member_ids=member_ids, team_ids=team_ids)
        if self.ask(command) is not None:
            seen = looked_at(self.house)
            offer = seen.offer[wish_id]
            free = offer.places - offer.taken - offer.reserved
            of_wish = [one for one in seen.dispatch if one.offer_id == wish_id]
            assert sum(one.state in OPEN_DISPATCHES for one in of_wish) <= free

    @plays(DispatchAction.ACCEPT, DispatchAction.MOVE_ON, DispatchAction.EXHAUST, DispatchAction.WITHDRAW)
    @rule(number=numbers, how=some.sampled_from(["accept", "accept", "decline", "take back", "interfere"]))
    def answer_a_dispatch(self, number: int, how: str) -> None:
        """Answer as the one who is asked, or any of their team; the worker takes it back; or interfere."""
        for one in self.one_of(number, "dispatch", "state = 'proposed', state = 'waiting', id"):
            if how == "take back":
                self.ask(WithdrawDispatch(by=as_worker(), dispatch_id=one.id))
            elif one.member_id and how == "decline":
                self.ask(DeclineDispatch(by=as_member(one.member_id), dispatch_id=one.id, reason="不便"))
            elif one.member_id and how == "accept":
                by = self.members[1] if one.team_id and number % 2 else one.member_id
                self.ask(AcceptDispatch(by=as_member(by), dispatch_id=one.id))
            elif one.member_id:
                asked = {one.member_id, self.members[1] if one.team_id else one.member_id}
                for other in set(self.members) - asked:
                    assert self.ask(AcceptDispatch(by=as_member(other), dispatch_id=one.id)) is None


class Visiting(ClaimsLived):
    """Those who keep coming to the resident of a wish."""

    @rule(member=members, wish=wishes, for_team=some.booleans(), monthly=some.booleans())
    def arrange_visits(self, member: int, wish: int, for_team: bool, monthly: bool) -> None:
        command = ArrangeVisits(
            by=as_worker(),
            wish_id=self.wishes[wish].wish_id,
            member_id=self.members[member],
            team_id=self.team if for_team else None,
            rhythm=Rhythm.MONTHLY if monthly else Rhythm.WEEKLY,
            starts_on=self.today,
        )
        self.ask(command)

    @plays(VisitAction.RECORD, ArrangementAction.END, VisitAction.CANCEL)
    @rule(number=numbers, how=some.sampled_from(["come", "come", "another comes", "end", "leave"]))
    def keep_visiting(self, number: int, how: str) -> None:
        """Write a visit down as the visitor, or as one who is a visitor only with a team; or end it."""
        for visit in self.one_of(number, "visit", "state = 'missed', state = 'planned', id"):
            of_visit = "SELECT * FROM claims.arrangement WHERE id = :id"
            pair = self.house.row(of_visit, id=visit.arrangement_id)
            visitor, ending = as_member(pair.member_id), {"arrangement_id": pair.id, "reason": "不便"}
            if how == "end":
                self.ask(EndVisits(by=as_worker(), **ending))
            elif how == "leave":
                self.ask(LeaveVisits(by=visitor, **ending))
            else:
                by = self.members[number % 4] if how == "another comes" else pair.member_id
                done = self.ask(RecordVisit(by=as_member(by), visit_id=visit.id, done_on=self.today))
                may = by == pair.member_id or (pair.team_id and by in self.members[:2])
                assert done is None or may
