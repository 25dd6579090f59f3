"""Members keep visiting the people of the roster, each visit with its record (003: 定期探访, 结对包保)."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID

import msgspec

from services.chassis.rights import Actor
from services.claims.contracts import (
    ArrangeVisits,
    EndVisits,
    LeaveVisits,
    MyVisits,
    OfferView,
    RecordVisit,
    Rhythm,
)
from services.console.rehearsal.cast import id_of
from services.console.rehearsal.programme_of_claims import Visiting
from services.console.rehearsal.side_roads.side_road import ReleaseRoad

BEGINS_AFTER = timedelta(days=3)
EVERY = {Rhythm.WEEKLY: timedelta(days=7), Rhythm.MONTHLY: timedelta(days=31)}
LAST = 5
"""After so many visits one arrangement in five is ended by the community, and one by the visitor."""


class _Pair(msgspec.Struct):
    number: int
    arrangement_id: UUID
    visitor: Actor
    worker: Actor
    rhythm: Rhythm
    rounds: int = 0


class VisitingRoad(ReleaseRoad[Visiting]):
    """Pairs visitors with residents at the first releases, and lets them come week after week."""

    def prepare(self) -> None:
        """Pair nobody yet."""
        self._pairs = 0

    def act(self, day: date) -> None:
        """Make pairs until there are as many as asked for; the wish itself is left to the crowd."""
        missing = self.settings.pairs - self._pairs
        if missing > 0:
            for offer in self.pick(day, missing):
                self._pair(offer, day)

    def _pair(self, offer: OfferView, day: date) -> None:
        near = self.scene.cast.neighbours.get(offer.community_id) or self.scene.cast.members
        visitor = self.dice.choice(near)
        worker = self.scene.worker_at(offer.community_id)
        rhythm = Rhythm.MONTHLY if self._pairs % 4 == 3 else Rhythm.WEEKLY
        starts_on = day + BEGINS_AFTER
        arranged = self.scene.attempt(
            ArrangeVisits(
                by=worker,
                wish_id=offer.wish_id,
                member_id=id_of(visitor),
                rhythm=rhythm,
                starts_on=starts_on,
            )
        )
        if arranged is not None:
            pair = _Pair(self._pairs, arranged.id, visitor, worker, rhythm)
            self._pairs += 1
            self.scene.later(starts_on, partial(self._visit, pair, starts_on))

    def _visit(self, pair: _Pair, day: date) -> None:
        """Come, or do not; an earlier visit that was missed is made up for now and then."""
        pair.rounds += 1
        if pair.rounds > LAST and self._is_over(pair):
            return
        stays_away = pair.rounds > 1 and self.dice.random() < self.settings.missed
        if not stays_away:
            for state in ("planned", "missed") if pair.rounds % 2 else ("planned",):
                self._record(pair, state, day)
        on = day + EVERY[pair.rhythm]
        self.scene.later(on, partial(self._visit, pair, on))

    def _record(self, pair: _Pair, state: str, day: date) -> None:
        for visit in self.scene.ask(MyVisits(by=pair.visitor, state=state)).items:
            if visit.arrangement_id == pair.arrangement_id and visit.due_on <= day:
                note = "陪老人聊了聊天，一切都好。"
                self.scene.attempt(RecordVisit(by=pair.visitor, visit_id=visit.id, done_on=day, note=note))
                return

    def _is_over(self, pair: _Pair) -> bool:
        """End one arrangement in five from either side; say whether it is over."""
        how = pair.number % 5
        if how == 1:
            ended = EndVisits(by=pair.worker, arrangement_id=pair.arrangement_id, reason="老人已随子女居住。")
            self.scene.attempt(ended)
        elif how == 2:
            self.scene.attempt(
                LeaveVisits(by=pair.visitor, arrangement_id=pair.arrangement_id, reason="调往外地工作。")
            )
        return how in (1, 2)
