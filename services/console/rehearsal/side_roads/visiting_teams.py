"""Teams keep visiting, and whoever of them has time comes (003: 定期探访, 医疗志愿服务队)."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID

from services.claims.contracts import ArrangeVisits, MyVisits, OfferView, RecordVisit, Rhythm
from services.console.rehearsal.cast import Team, id_of
from services.console.rehearsal.programme_of_claims import VisitingTeams
from services.console.rehearsal.side_roads.side_road import ReleaseRoad

BEGINS_AFTER = timedelta(days=4)
EVERY = timedelta(days=7)


class VisitingTeamsRoad(ReleaseRoad[VisitingTeams]):
    """Lets the people of a team come in turn, week after week, to whom their leader was paired with."""

    def prepare(self) -> None:
        """Pair nobody yet."""
        self._pairs = 0

    def act(self, day: date) -> None:
        """Make pairs until there are as many as asked for; the wish itself is left to the crowd."""
        missing = self.settings.pairs - self._pairs
        for offer in self.pick(day, missing) if missing > 0 and self.scene.teams else []:
            self._pair(offer, self.scene.team_for(offer.community_id, self.dice), day + BEGINS_AFTER)

    def _pair(self, offer: OfferView, team: Team, starts_on: date) -> None:
        arranged = self.scene.attempt(
            ArrangeVisits(
                by=self.scene.worker_at(offer.community_id),
                wish_id=offer.wish_id,
                member_id=id_of(team.people[0]),
                team_id=team.view.id,
                rhythm=Rhythm.WEEKLY,
                starts_on=starts_on,
            )
        )
        if arranged is not None:
            self._pairs += 1
            self.scene.later(starts_on, partial(self._visit, arranged.id, team, 0, starts_on))

    def _visit(self, arrangement_id: UUID, team: Team, rounds: int, day: date) -> None:
        """Come as the next of the team, who finds the visit among their own."""
        visitor = team.people[rounds % len(team.people)]
        for visit in self.scene.ask(MyVisits(by=visitor, state="planned")).items:
            if visit.arrangement_id == arrangement_id:
                note = "量了血压，陪老人说了说话。"
                self.scene.attempt(RecordVisit(by=visitor, visit_id=visit.id, done_on=day, note=note))
        self.scene.later(day + EVERY, partial(self._visit, arrangement_id, team, rounds + 1, day + EVERY))
