"""Points and the scheduler in one house: what the clock announces arrives, and the alarm rings by itself."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import eventlet
import pytest
from sqlalchemy import text

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.hosting import House
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE, Actor, Grant, Role
from services.chassis.settings import Settings
from services.chassis.work import Workshop
from services.directory.contracts import AreasChanged, MembersChanged, UnitsChanged
from services.points import usecases
from services.points.contracts import MyCard, MyNotices, NoticeState, ObjectToNotice, WithdrawNotice
from services.points.service import PointsService
from services.scheduler.contracts import CheckJobs, ListJobs
from services.scheduler.service import SchedulerService
from tests.support.points import a_fulfilment, a_member, a_unit, an_area
from tests.support.scheduler import shanghai

Setting = tuple[House, Any]


@pytest.fixture
def hosted(settings: Settings) -> Iterator[Setting]:
    """A house of the two services in memory, with a caller."""
    house = House(settings, [PointsService, SchedulerService])
    house.start()
    caller = house.caller("test")
    caller.start()
    yield house, caller
    caller.stop()
    house.stop()


def test_a_half_year_that_is_over_becomes_reports(
    simulated_clock: SimulatedClock, hosted: Setting, workshop_of: Callable[[str], Workshop]
) -> None:
    house, caller = hosted
    points, area, unit = workshop_of("points"), an_area(), a_unit()
    member = a_member(points.seals.seal("王小明"), unit_id=unit.id)
    points.once(AreasChanged(areas=[area]), "on_areas_changed", usecases.note_areas)
    points.once(UnitsChanged(units=[unit]), "on_units_changed", usecases.note_units)
    points.once(MembersChanged(members=[member]), "on_members_changed", usecases.note_members)
    points.once(a_fulfilment(area.id, member.id), "on_fulfilment_confirmed", usecases.enter_deeds)
    for moment in ("2026-11-20 12:00", "2027-01-01 08:00", "2027-01-02 08:00", "2027-01-02 08:00"):
        simulated_clock.set(shanghai(moment))
        caller.ask(CheckJobs(by=OPERATOR_AT_THE_CONSOLE))
    assert house.settle(within=60)
    with points.engine.connect() as connection:
        reports = connection.execute(
            text("SELECT period, members, fulfilled FROM points.feedback_report")
        ).all()
    assert reports == [("2026H2", 1, 1)]
    assert caller.ask(MyCard(by=Actor(member_id=member.id), year=2026)).points == 5


def test_a_year_that_is_over_becomes_private_notices(
    simulated_clock: SimulatedClock, hosted: Setting, workshop_of: Callable[[str], Workshop]
) -> None:
    house, caller = hosted
    points, area = workshop_of("points"), an_area()
    busy, idle = (a_member(points.seals.seal(name), community_id=area.id) for name in ("赵一", "钱二"))
    simulated_clock.set(shanghai("2026-06-01 12:00"))
    points.once(AreasChanged(areas=[area]), "on_areas_changed", usecases.note_areas)
    points.once(MembersChanged(members=[busy, idle]), "on_members_changed", usecases.note_members)
    points.once(a_fulfilment(area.id, busy.id), "on_fulfilment_confirmed", usecases.enter_deeds)
    for moment in ("2026-11-20 12:00", "2027-01-10 08:00", "2027-01-10 08:00"):
        simulated_clock.set(shanghai(moment))
        caller.ask(CheckJobs(by=OPERATOR_AT_THE_CONSOLE))
    assert house.settle(within=60)
    assert caller.ask(MyNotices(by=Actor(member_id=busy.id))).items == []
    (notice,) = caller.ask(MyNotices(by=Actor(member_id=idle.id))).items
    assert (notice.year, notice.required, notice.done) == (2026, 1, 0)
    caller.ask(ObjectToNotice(by=Actor(member_id=idle.id), notice_id=notice.id, reason="全年住院"))
    officer = Actor(account_id=new_id(), grants=(Grant(Role.OFFICER, area.path),))
    caller.ask(WithdrawNotice(by=officer, notice_id=notice.id, reason="情况属实"))
    (notice,) = caller.ask(MyNotices(by=Actor(member_id=idle.id))).items
    assert notice.state is NoticeState.WITHDRAWN


def test_the_alarm_of_a_hosted_scheduler_looks_by_itself(hosted: Setting) -> None:
    _, caller = hosted
    with eventlet.Timeout(60):
        while not caller.ask(ListJobs(by=OPERATOR_AT_THE_CONSOLE)).items:
            eventlet.sleep(0.05)
    jobs = caller.ask(ListJobs(by=OPERATOR_AT_THE_CONSOLE)).items
    assert {view.job for view in jobs} == {
        "reminders",
        "lapses",
        "feedback",
        "recognition",
        "notices",
        "hours",
    }
    assert all(view.next_at for view in jobs)
    assert max(view.next_at for view in jobs) - min(view.next_at for view in jobs) > timedelta(hours=1)
