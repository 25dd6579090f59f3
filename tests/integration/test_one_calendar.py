"""The whole house goes by one calendar: the day that the board announces is the day of the release."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.hosting import House
from services.chassis.messaging.caller import Caller
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE
from services.claims.service import ClaimsService
from services.directory.contracts import AddAreas, AreaKind, ChangeAreaSettings, NewArea
from services.directory.service import DirectoryService
from services.gateway.service import GatewayService, Web
from services.scheduler.contracts import ListJobs
from services.scheduler.service import SchedulerService
from tests.support.database import settings_for
from tests.support.gateway import Client
from tests.support.scheduler import shanghai


@dataclass
class Town:
    """A house with a city in it whose releases give way to holidays."""

    caller: Caller
    port: int


@pytest.fixture
def town(database_url: str, simulated_clock: SimulatedClock) -> Iterator[Town]:
    """The town on 20 December 2026, whose operator knows that 2 January will be a holiday."""
    simulated_clock.set(shanghai("2026-12-20 12:00"))
    entered = {"holidays": {"2027-01-02": True}, "announced_years": [2027]}
    settings = settings_for(database_url, address="127.0.0.1:0", **entered)
    house = House(settings, [DirectoryService, ClaimsService, SchedulerService, GatewayService])
    house.start()
    caller = house.caller("tests")
    caller.start()
    city = NewArea(kind=AreaKind.CITY, name="city", code="city", parent_path=None)
    (area,) = caller.ask(AddAreas(by=OPERATOR_AT_THE_CONSOLE, areas=[city])).items
    gives_way: dict[str, object] = {"holiday_rule": "next_saturday"}
    caller.ask(ChangeAreaSettings(by=OPERATOR_AT_THE_CONSOLE, area_id=area.id, settings=gives_way))
    assert house.settle(60)
    web = next(each for each in house._runner.service_map["gateway"].extensions if isinstance(each, Web))
    assert web.http is not None
    yield Town(caller, web.http.port)
    caller.stop()
    house.stop()


def test_the_board_announces_the_day_on_which_the_scheduler_releases(town: Town) -> None:
    jobs = town.caller.ask(ListJobs(by=OPERATOR_AT_THE_CONSOLE)).items
    (release,) = [job for job in jobs if job.job == "release"]
    assert release.next_at == shanghai("2027-01-09 09:00")
    assert "2027年1月9日（星期六）09:00" in Client(town.port).get("/").text
