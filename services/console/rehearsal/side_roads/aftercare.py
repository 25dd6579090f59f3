"""Call-backs of those who were drawn, and what residents are not satisfied with is put right."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID

from services.chassis.rights import Actor
from services.claims.contracts import (
    CallBackView,
    GetOffer,
    ListCallBacks,
    ListRectifications,
    RecordCallBack,
    RectificationView,
    ReportRectified,
    SettleRectification,
)
from services.console.rehearsal.cast import every
from services.console.rehearsal.programme_of_claims import Aftercare
from services.console.rehearsal.side_roads.side_road import SideRoad

CALLS_ON, MONDAY = 26, 0
ASKED_AFTER = timedelta(days=2)


class AftercareRoad(SideRoad[Aftercare]):
    """Lets workers call once a month, and doers put right within days, some of them late or not at once."""

    def prepare(self) -> None:
        """Know of nothing that is wanting."""
        self._known: set[UUID] = set()
        self._city, self._officer = self.scene.city_path, self.scene.city_officer

    def close_day(self, day: date) -> None:
        """Call back on the day for it; once a week look at what is to be put right."""
        if day.day == CALLS_ON:
            for state in ("unreached", "drawn"):
                for drawn in every(
                    self.scene.ask, ListCallBacks, by=self._officer, below=self._city, state=state
                ):
                    self._call(drawn, is_second=state == "unreached")
        if day.weekday() == MONDAY:
            for state in ("open", "overdue"):
                for wanting in every(
                    self.scene.ask, ListRectifications, by=self._officer, below=self._city, state=state
                ):
                    self._plan(wanting, day)

    def _call(self, drawn: CallBackView, is_second: bool) -> None:
        thrown = self.dice.random()
        outcome = "satisfied"
        if thrown < self.settings.unreached and not is_second:
            outcome = "unreached"
        elif thrown > 1 - self.settings.wanting:
            outcome = "wanting"
        satisfaction = {"satisfied": self.dice.choice((5, 4, 4, 3)), "wanting": 2}.get(outcome)
        note = "灯又不亮了，希望再来看看。" if outcome == "wanting" else ""
        self.scene.attempt(
            RecordCallBack(
                by=self._worker(drawn.wish_id),
                claim_id=drawn.claim_id,
                outcome=outcome,
                satisfaction=satisfaction,
                note=note,
            )
        )

    def _plan(self, wanting: RectificationView, day: date) -> None:
        """Let the doer put it right: at once, or when it is overdue; one in five has to come again."""
        doer = self.scene.doers.get(wanting.claim_id)
        if wanting.id in self._known or doer is None:
            return
        self._known.add(wanting.id)
        number = len(self._known)
        on = day + timedelta(days=9 if number % 4 == 2 else 1)
        self.scene.later(on, partial(self._put_right, wanting, doer, on, number % 5 != 3))

    def _put_right(self, wanting: RectificationView, doer: Actor, day: date, is_put_right: bool) -> None:
        self.scene.attempt(ReportRectified(by=doer, rectification_id=wanting.id, note="已再次上门，已修好。"))
        on = day + ASKED_AFTER
        self.scene.later(on, partial(self._settle, wanting, doer, on, is_put_right))

    def _settle(self, wanting: RectificationView, doer: Actor, day: date, is_put_right: bool) -> None:
        self.scene.attempt(
            SettleRectification(
                by=self._worker(wanting.wish_id),
                rectification_id=wanting.id,
                is_put_right=is_put_right,
                reason="" if is_put_right else "居民反映仍未修好。",
            )
        )
        if not is_put_right:
            on = day + ASKED_AFTER
            self.scene.later(on, partial(self._put_right, wanting, doer, on, True))

    def _worker(self, wish_id: UUID) -> Actor:
        return self.scene.worker_at(self.scene.ask(GetOffer(wish_id=wish_id)).community_id)
