"""Workers propose wishes to teams, and any of the team that is asked takes them (003: 组团“接单”)."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID

from services.claims.contracts import AcceptDispatch, DeclineDispatch, DispatchWish, OfferView
from services.console.rehearsal.cast import Team
from services.console.rehearsal.programme_of_claims import DispatchingTeams
from services.console.rehearsal.side_roads.side_road import ReleaseRoad

ANSWERED_AFTER = timedelta(days=1)


class DispatchingTeamsRoad(ReleaseRoad[DispatchingTeams]):
    """Lets the leader or another of the team accept; each third time the first team says no to the next."""

    def prepare(self) -> None:
        """Count from the first."""
        self._dispatches = 0

    def act(self, day: date) -> None:
        """Propose wishes to a team of the place, and to another team after it."""
        for offer in self.pick(day, self.settings.each_month) if self.scene.teams else []:
            first = self.scene.team_for(offer.community_id, self.dice)
            others = [team for team in self.scene.teams if team is not first]
            self._dispatch(offer, [first, *self.dice.sample(others, min(1, len(others)))], day)

    def _dispatch(self, offer: OfferView, teams: list[Team], day: date) -> None:
        worker = self.scene.worker_at(offer.community_id)
        asked = [team.view.id for team in teams]
        dispatched = self.scene.attempt(DispatchWish(by=worker, wish_id=offer.wish_id, team_ids=asked))
        if dispatched is None:
            return
        self.scene.board.set_aside(offer.wish_id)
        says_no = self._dispatches % 3 == 1 and len(teams) > 1
        unwilling, taker = teams[:says_no], teams[says_no]
        answer = partial(self._answer, offer, dispatched.dispatch_id, unwilling, taker, self._dispatches % 2)
        self.scene.later(day + ANSWERED_AFTER, answer)
        self._dispatches += 1

    def _answer(
        self, offer: OfferView, dispatch_id: UUID, unwilling: list[Team], taker: Team, number: int
    ) -> None:
        """Let those say no who will not, and the leader or the next of a team accept; another delivers."""
        for team in unwilling:
            reason = "本周队里人手不足。"
            self.scene.attempt(DeclineDispatch(by=team.people[0], dispatch_id=dispatch_id, reason=reason))
        claimed = self.scene.attempt(AcceptDispatch(by=taker.people[number], dispatch_id=dispatch_id))
        self.scene.board.give_free(offer.wish_id)
        if claimed is not None:
            doer = taker.people[-1]
            self.fulfilling.see_through(offer, claimed.claim_id, doer, self.scene.today, self.dice)
