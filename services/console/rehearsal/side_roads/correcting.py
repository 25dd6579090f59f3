"""Corrections of points (更正): a worker proposes, an officer above decides, one in three is rejected."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID

from services.console.rehearsal.programme import Correcting
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.points.contracts import (
    ApproveCorrection,
    EntryView,
    ListEntries,
    ProposeCorrection,
    RejectCorrection,
)

PROPOSES_ON, DECIDED_AFTER = 20, timedelta(days=2)
LOOKED_AT, MORE = 50, 2
EVERY_NTH_IS_REJECTED = 3


class CorrectingRoad(SideRoad[Correcting]):
    """Has a few of the newest entries corrected every month."""

    def prepare(self) -> None:
        """Know of no correction yet."""
        self._proposed = 0
        self._corrected: set[UUID] = set()

    def close_day(self, day: date) -> None:
        """Choose among the newest entries of the city."""
        if day.day != PROPOSES_ON:
            return
        asked = ListEntries(by=self.scene.city_officer, below=self.scene.city_path, limit=LOOKED_AT)
        entries: list[EntryView] = self.scene.ask(asked).items
        fit = [entry for entry in entries if entry.corrects_id is None and entry.id not in self._corrected]
        for entry in self.dice.sample(fit, min(self.settings.each_month, len(fit))):
            self._corrected.add(entry.id)
            self._propose(entry, day)

    def _propose(self, entry: EntryView, day: date) -> None:
        proposal = ProposeCorrection(
            by=self.scene.worker_at(entry.community_id),
            entry_id=entry.id,
            points=MORE,
            reason="冒雨两次上门，应多计两分。",
        )
        correction_id = self.scene.ask(proposal).id
        self._proposed += 1
        is_rejected = self._proposed % EVERY_NTH_IS_REJECTED == 0
        self.scene.later(day + DECIDED_AFTER, partial(self._decide, correction_id, is_rejected))

    def _decide(self, correction_id: UUID, is_rejected: bool) -> None:
        officer = self.scene.district_officer
        if is_rejected:
            reason = "同类服务一律按次计分，不另加分。"
            self.scene.ask(RejectCorrection(by=officer, correction_id=correction_id, reason=reason))
        else:
            self.scene.ask(ApproveCorrection(by=officer, correction_id=correction_id))
