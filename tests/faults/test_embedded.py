"""An embedded house that is killed in the middle of a release is whole again when it starts."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from sqlalchemy import text

from services.chassis import clock
from services.chassis.calendar import month_of
from services.chassis.database import engine_for
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE, Role
from services.console.invariants import check_invariants
from services.console.place import answering_place, settings_at
from services.directory.contracts import AddAccount, AddAreas, AreaKind, NewArea
from services.wishes.contracts import AcceptWish, Category, EnterWish, ResidentDetails, WishDetails
from tests.support.city import await_true, free_port

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(600)]

WISHES = 60
PASSWORD = "a-long-test-password"


@pytest.fixture(scope="module")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house with accepted wishes that wait for their release."""
    folder = tmp_path_factory.mktemp("house")
    with settings_at(folder) as settings, answering_place(settings) as place:
        steps = [("city", None), ("district", "/city/"), ("street", "/city/district/")]
        steps += [("community", "/city/district/street/")]
        new = [
            NewArea(kind=AreaKind(code), name=code, code=code, parent_path=parent) for code, parent in steps
        ]
        areas = place.ask(AddAreas(by=OPERATOR_AT_THE_CONSOLE, areas=new)).items
        community = next(area.id for area in areas if area.kind == AreaKind.COMMUNITY)
        account: dict[str, Any] = {
            "login": "officer",
            "password": PASSWORD,
            "name": "officer",
            "area_path": "/city/",
        }
        place.ask(AddAccount(by=OPERATOR_AT_THE_CONSOLE, role=Role.OFFICER, **account))
        place.settle()
        for number in range(WISHES):
            receipt = place.ask(
                EnterWish(
                    by=OPERATOR_AT_THE_CONSOLE,
                    community_id=community,
                    wish=WishDetails(title=f"想要一根拐杖 {number}", category=Category.HEALTH),
                    resident=ResidentDetails(name=f"居民{number}", phone=f"1349100{number:04}"),
                )
            )
            place.ask(AcceptWish(by=OPERATOR_AT_THE_CONSOLE, wish_id=receipt.wish_id))
    return folder


@pytest.fixture
def home(prepared_home: Path, tmp_path: Path) -> Path:
    """A copy of the prepared house, for one test to hurt."""
    subprocess.run(["cp", "-a", str(prepared_home), str(tmp_path / "house")], check=True)
    return tmp_path / "house"


CLIENT = """
import sys, urllib.request as web
headers = {"Authorization": sys.argv[2], "Content-Type": "application/json"}
web.urlopen(web.Request(sys.argv[1], data=b"{}", method="POST", headers=headers), timeout=10)
"""


class Running:
    """`wishtree up` as a process of its own."""

    def __init__(self, home: Path) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WISHTREE_")}
        command = [sys.executable, "-W", "ignore", "-m", "services.console", "up", "--home", str(home)]
        self.process = subprocess.Popen(
            [*command, "--port", self.url.rpartition(":")[2]],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        await_true(lambda: requests.get(f"{self.url}/readyz", timeout=2).status_code == 200, 180)
        signed_in = self.post("/sign-in/with-password", login="officer", password=PASSWORD)
        self.headers = {"Authorization": f"Bearer {signed_in['token']}"}

    headers: dict[str, str] = {}

    def post(self, path: str, **body: str) -> dict[str, str]:
        """Ask the API."""
        answer = requests.post(f"{self.url}/api/v1{path}", json=body, headers=self.headers, timeout=60)
        answer.raise_for_status()
        found: dict[str, str] = answer.json()
        return found

    def end(self, how: signal.Signals) -> None:
        """End the process and wait until it has."""
        self.process.send_signal(how)
        self.process.wait(90)


@pytest.fixture
def running_houses(home: Path) -> Iterator[list[Running]]:
    """The houses a test started; what still runs is stopped."""
    started: list[Running] = []
    yield started
    for house in started:
        if house.process.poll() is None:
            house.end(signal.SIGTERM)


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.3])
def test_killed_in_mid_release_it_is_whole_after_a_restart(
    home: Path, running_houses: list[Running], delay: float
) -> None:
    house = Running(home)
    running_houses.append(house)
    areas = requests.get(f"{house.url}/api/v1/areas?kind=city", timeout=60).json()["items"]
    period = month_of(clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date())
    address = f"{house.url}/api/v1/areas/{areas[0]['id']}/releases/{period}"
    request = subprocess.Popen(
        [sys.executable, "-c", CLIENT, address, house.headers["Authorization"]], stderr=subprocess.DEVNULL
    )
    time.sleep(0.2 + delay)  # the client needs a moment to ask
    house.end(signal.SIGKILL)
    request.wait(90)

    again = Running(home)
    running_houses.append(again)
    again.post(f"/areas/{areas[0]['id']}/releases/{period}")
    await_true(
        lambda: (
            len(requests.get(f"{again.url}/api/v1/offers?limit=200", timeout=60).json()["items"]) == WISHES
        ),
        120,
    )
    again.end(signal.SIGTERM)
    assert_whole(home)


def assert_whole(home: Path) -> None:
    """Every wish went up once, in one release, and every invariant holds."""
    with settings_at(home) as settings:
        with engine_for(settings.database_url).connect() as connection:
            releases = connection.execute(text("SELECT count(*), sum(released) FROM wishes.release")).one()
            moves = connection.execute(text("SELECT count(*) FROM wishes.wish_move WHERE action = 'release'"))
            assert (tuple(releases), moves.scalar_one()) == ((1, WISHES), WISHES)
        assert set(check_invariants(settings).values()) == {"ok"}
