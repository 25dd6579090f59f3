"""Obligations (000, 002) and the private notices about them: some object; an officer upholds or withdraws."""

from datetime import date, timedelta
from functools import partial
from itertools import cycle
from uuid import UUID

from services.chassis.rights import Actor
from services.console.rehearsal.cast import officer_at
from services.console.rehearsal.programme import Owing
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.points.contracts import (
    CountObligations,
    DutyKind,
    ListObjections,
    MyNotices,
    NoticeState,
    ObjectToNotice,
    SetDuty,
    UpholdNotice,
    WithdrawNotice,
)

OBJECTS_ON, DECIDED_AFTER = (1, 20), timedelta(days=3)
"""Ten days after the notices about a year."""

MEMBERS_WHO_LOOK = 30


class OwingRoad(SideRoad[Owing]):
    """Says what streets owe in a year, and lets some who are reminded of it object."""

    def prepare(self) -> None:
        """Set the number that streets are to hand in."""
        self._decisions = cycle((UpholdNotice, WithdrawNotice))
        duty = SetDuty(
            by=self.scene.city_officer,
            area_id=self.scene.cast.city_id,
            kind=DutyKind.STREET_WISHES,
            number=self.settings.street_wishes,
            valid_from=self.scene.today,
        )
        self.scene.ask(duty)

    def close_day(self, day: date) -> None:
        """Object to notices, as streets first and then as members, until enough did."""
        if (day.month, day.day) != OBJECTS_ON:
            return
        city = self.scene.city_officer
        self.scene.ask(CountObligations(by=city, below=self.scene.city_path, year=day.year - 1))
        left = self.settings.objections
        for somebody in self._who_may_owe():
            if left and self._object(somebody):
                left -= 1
        self.scene.later(day + DECIDED_AFTER, partial(self._decide, day.year - 1))

    def _who_may_owe(self) -> list[Actor]:
        areas = sorted(self.scene.cast.areas.values(), key=lambda area: area.path)
        streets = [officer_at(area.path) for area in areas if area.kind == "street"]
        members = self.scene.cast.members
        return streets + self.dice.sample(members, min(MEMBERS_WHO_LOOK, len(members)))

    def _object(self, somebody: Actor) -> bool:
        """Object to a notice of one's own; say whether there was one."""
        notice_id = self._own_notice(somebody)
        if notice_id is None:
            return False
        reason = "当年社区合并，部分工作计在邻近单位。"
        self.scene.ask(ObjectToNotice(by=somebody, notice_id=notice_id, reason=reason))
        return True

    def _own_notice(self, somebody: Actor) -> UUID | None:
        notices = self.scene.ask(MyNotices(by=somebody)).items
        return next((notice.id for notice in notices if notice.state is NoticeState.SENT), None)

    def _decide(self, year: int) -> None:
        """Let the officer above uphold the first and withdraw the next."""
        officer = self.scene.city_officer
        asked = ListObjections(by=officer, below=self.scene.city_path, year=year, limit=200)
        for notice in self.scene.ask(asked).items:
            if notice.state is NoticeState.OBJECTED:
                decision = next(self._decisions)
                reason = "经核对台账后决定。"
                self.scene.ask(decision(by=officer, notice_id=notice.id, reason=reason))
