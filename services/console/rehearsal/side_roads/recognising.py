"""Recognition (004): what a deed counts, and who is outstanding, by proposal and decision."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID

from services.chassis.rights import OPERATOR_AT_THE_CONSOLE
from services.console.rehearsal.cast import every
from services.console.rehearsal.programme import Recognising
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.directory.contracts import ChangeAreaSettings
from services.points.contracts import (
    ApproveNomination,
    DeclineNomination,
    Deed,
    ListRecognitions,
    NominateOutstanding,
    SetRule,
    Threshold,
)

PROPOSES_ON, DECIDED_AFTER = 27, timedelta(days=2)
EVERY_NTH_IS_DECLINED = 4


class RecognisingRoad(SideRoad[Recognising]):
    """Sets the points of a deed; once a month communities propose who became outstanding."""

    def prepare(self) -> None:
        """Set what a deed is worth, and which sum of a year is outstanding."""
        self._proposed = 0
        for deed in (Deed.GOODS_WISH, Deed.SERVICE_WISH, Deed.SPIRIT_WISH):
            rule = SetRule(
                by=self.scene.city_officer,
                area_id=self.scene.cast.city_id,
                deed=deed,
                points=self.settings.points,
                valid_from=self.scene.today,
            )
            self.scene.ask(rule)
        mark: dict[str, object] = {"outstanding_points": self.settings.outstanding}
        changed = ChangeAreaSettings(
            by=OPERATOR_AT_THE_CONSOLE, area_id=self.scene.cast.city_id, settings=mark
        )
        self.scene.ask(changed)

    def close_day(self, day: date) -> None:
        """Propose whoever reached the mark and was not proposed yet."""
        if day.day != PROPOSES_ON:
            return
        reached = every(
            self.scene.ask,
            ListRecognitions,
            by=self.scene.city_officer,
            below=self.scene.city_path,
            year=day.year,
            threshold=Threshold.OUTSTANDING,
        )
        for recognition in reached:
            if recognition.nomination is None:
                self._propose(recognition.id, recognition.community_id, day)

    def _propose(self, recognition_id: UUID, community_id: UUID, day: date) -> None:
        proposal = NominateOutstanding(
            by=self.scene.worker_at(community_id),
            recognition_id=recognition_id,
            merits="全年多次为本社区居民圆梦，随叫随到。",
        )
        nomination_id = self.scene.ask(proposal).id
        self._proposed += 1
        is_declined = self._proposed % EVERY_NTH_IS_DECLINED == 0
        self.scene.later(day + DECIDED_AFTER, partial(self._decide, nomination_id, is_declined))

    def _decide(self, nomination_id: UUID, is_declined: bool) -> None:
        """Let the district decide (004: 由区委进行表彰)."""
        district = self.scene.district_officer
        if is_declined:
            reason = "本年度名额已满，转为通报表扬。"
            self.scene.ask(DeclineNomination(by=district, nomination_id=nomination_id, reason=reason))
        else:
            self.scene.ask(ApproveNomination(by=district, nomination_id=nomination_id))
