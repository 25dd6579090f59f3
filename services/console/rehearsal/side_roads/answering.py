"""Feedback (004 双向反馈): every unit receives its half-yearly report, replies, and makes it known inside."""

from datetime import date, timedelta
from functools import partial
from itertools import cycle
from uuid import UUID

from services.chassis.rights import Actor
from services.console.rehearsal.programme import Answering
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.directory.contracts import UnitView
from services.points.contracts import (
    AcknowledgeFeedback,
    CirculationWay,
    MyFeedback,
    RecordCirculation,
    ReplyToFeedback,
)

MONTHS, RECEIVED_ON = (1, 7), 8
REMINDED_AFTER, CIRCULATED_AFTER = timedelta(days=26), timedelta(days=4)


class AnsweringRoad(SideRoad[Answering]):
    """Lets the officer of every unit receive its report; some reply only when they were reminded."""

    def prepare(self) -> None:
        """Let units circulate in every way there is, in turn."""
        self._ways = cycle(CirculationWay)

    def close_day(self, day: date) -> None:
        """Receive the reports a week after they were issued."""
        if day.month in MONTHS and day.day == RECEIVED_ON:
            self.scene.together(partial(self._receive, unit, day) for unit in self.scene.cast.units)

    def _receive(self, unit: UnitView, day: date) -> None:
        officer = self.scene.cast.officer_of(unit)
        for report in self.scene.ask(MyFeedback(by=officer)).items:
            if report.received_at is None:
                self.scene.ask(AcknowledgeFeedback(by=officer, report_id=report.id))
                is_prompt = self.dice.random() < self.settings.at_once
                replied_on = day if is_prompt else day + REMINDED_AFTER
                self.scene.later(replied_on + timedelta(days=1), partial(self._reply, officer, report.id))
                circulated_on = replied_on + CIRCULATED_AFTER
                self.scene.later(circulated_on, partial(self._circulate, officer, report.id, circulated_on))

    def _reply(self, officer: Actor, report_id: UUID) -> None:
        reply = "已收悉，将继续组织党员参加社区活动，感谢社区反馈。"
        self.scene.ask(ReplyToFeedback(by=officer, report_id=report_id, reply=reply))

    def _circulate(self, officer: Actor, report_id: UUID, on: date) -> None:
        """Record that the unit told its own people (004: 在本单位范围内定期通报)."""
        self.scene.ask(
            RecordCirculation(
                by=officer, report_id=report_id, how=next(self._ways), circulated_on=on, note="支部会上通报。"
            )
        )
