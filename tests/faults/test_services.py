"""Each service of Wishtree killed at each crash point of a month, over RabbitMQ: nothing lost or doubled."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import eventlet
import pytest
from sqlalchemy import text

from services.chassis import clock
from services.chassis.contracts import Command, new_id
from services.chassis.database import engine_for
from services.chassis.hosting import House, Outstanding
from services.chassis.messaging.caller import Caller
from services.chassis.refusals import Refusal
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE, Actor, Grant, Role
from services.chassis.settings import Settings
from services.claims.contracts import ClaimWish, ConfirmFulfilment, DeliverClaim
from services.console.invariants import check_invariants
from services.console.place import STORING, classes
from services.directory.contracts import AddAreas, AddMembers, AddUnits, AreaKind, NewArea, NewMember, NewUnit
from services.scheduler.contracts import CheckJobs
from services.wishes.contracts import AcceptWish, Category, EnterWish, Urgency
from tests.support.database import fresh_database, settings_for
from tests.support.pace import timed
from tests.support.process import Host, surroundings_killed_at
from tests.support.rabbitmq import RabbitMQ
from tests.support.service_host import ServiceLife
from tests.support.wishes import a_resident, a_wish

pytestmark = [pytest.mark.faults, pytest.mark.broker, pytest.mark.timeout(360)]

BACK_WITHIN = 10.0
WORKS = ("before_commit", "after_commit")
TELLS = ("before_publish", "after_publish")
HEARS = ("after_inbox", "before_ack")
POINTS = {
    "directory": (*WORKS, *TELLS),
    "wishes": (*WORKS, *TELLS, *HEARS),
    "claims": (*WORKS, *TELLS, *HEARS),
    "points": (*WORKS, *HEARS),
    "notify": (*WORKS, *HEARS),
    "scheduler": (*WORKS, *TELLS),
}
"""What a service does in a step: it works, tells others of it, hears from others."""

NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)
CITY, COMMUNITY = "/city/", "/city/district/street/community/"
WORKER = Actor(account_id=new_id(), grants=(Grant(Role.COMMUNITY_WORKER, COMMUNITY),))


class Month:
    """A town and the steps of its month: somebody comes, a wish is said, claimed, delivered and confirmed."""

    def __init__(self, settings: Settings, hands: clock.SimulatedClock) -> None:
        """Take the settings of the town and the hands of its clock; nobody works in it yet."""
        self.settings, self._hands = settings, hands
        self.caller: Caller | None = None
        self._numbers = count(1)
        self.outstanding = Outstanding(settings, classes(STORING))

    def life_of(self, service: str, killed_at: str = "") -> ServiceLife:
        """Return a life of a service of this town, that is killed at a crash point if one is named."""
        return ServiceLife(self.settings, service, str(self._hands.path), surroundings_killed_at(killed_at))

    def lay_out(self) -> None:
        """Lay out one community and one unit."""
        kinds = {"city": AreaKind.CITY, "district": AreaKind.DISTRICT}
        kinds |= {"street": AreaKind.STREET, "community": AreaKind.COMMUNITY}
        parents = [None, CITY, "/city/district/", "/city/district/street/"]
        areas = [
            NewArea(kind=kind, name=code, code=code, parent_path=parent)
            for (code, kind), parent in zip(kinds.items(), parents, strict=True)
        ]
        added = self.ask(AddAreas, by=OPERATOR_AT_THE_CONSOLE, areas=areas).items
        self.city, self.community = (
            next(area.id for area in added if area.path == path) for path in (CITY, COMMUNITY)
        )
        units = [NewUnit(name="人社局", street_name="street")]
        self.ask(AddUnits, by=OPERATOR_AT_THE_CONSOLE, area_id=self.city, units=units)

    def step(self) -> None:
        """Let a day pass, and everything happen that can happen to one wish."""
        self.come_true(*self.appear())

    def appear(self) -> tuple[Actor, UUID]:
        """Let a day pass, a member join and a wish go up; return both."""
        number = next(self._numbers)
        self._hands.set(self._hands.now() + timedelta(days=1))
        self.ask(CheckJobs, by=OPERATOR_AT_THE_CONSOLE)
        new = NewMember(
            name=f"党员{number}",
            phone=f"137{number:08}",
            unit_name="人社局",
            community_name="community",
        )
        self.ask(AddMembers, by=OPERATOR_AT_THE_CONSOLE, area_id=self.city, members=[new])
        member = Actor(member_id=self._newest_member(), grants=(Grant(Role.MEMBER, COMMUNITY),))
        resident, wish = a_resident(phone=f"136{number:08}"), a_wish(urgency=Urgency.URGENT)
        said = self.ask(EnterWish, by=WORKER, community_id=self.community, wish=wish, resident=resident)
        self.ask(AcceptWish, by=WORKER, wish_id=said.wish_id, category=Category.POVERTY_RELIEF)
        return member, said.wish_id

    def come_true(self, member: Actor, wish_id: UUID) -> None:
        """Let the member claim the wish and deliver, and a worker confirm."""
        claim = self.ask(ClaimWish, by=member, wish_id=wish_id).claim_id
        self.ask(DeliverClaim, by=member, claim_id=claim)
        self.ask(ConfirmFulfilment, by=WORKER, claim_id=claim, satisfaction=5)

    def ask(self, command: Callable[..., Command], **details: Any) -> Any:
        """Ask with one key until there is an answer: a service may be down, or not have heard of it yet."""
        asked = command(**details, key=new_id().hex)
        while True:
            try:
                return self.caller.ask(asked, within=2) if self.caller else None
            except Refusal as refusal:
                if refusal.kind.value not in ("unavailable", "unknown", "forbidden"):
                    raise
                eventlet.sleep(0.1)

    def _newest_member(self) -> UUID:
        with engine_for(self.settings.database_url).connect() as connection:
            newest: UUID = connection.scalars(
                text("SELECT id FROM directory.member ORDER BY id DESC LIMIT 1")
            ).one()
        return newest

    def counts(self) -> dict[str, int]:
        """Return how many wishes came true in the eyes of each service, and how many members there are."""
        questions = {
            "directory": "SELECT count(*) FROM directory.member",
            "wishes": "SELECT count(*) FROM wishes.wish WHERE state = 'fulfilled'",
            "claims": "SELECT count(*) FROM claims.claim WHERE state = 'confirmed'",
            "points": "SELECT count(DISTINCT member_id) FROM points.entry",
            "notify": "SELECT count(*) FROM notify.message"
            " WHERE topic = 'fulfilment_confirmed' AND recipient_kind = 'member'",
        }
        with engine_for(self.settings.database_url).connect() as connection:
            return {name: connection.execute(text(asked)).scalar_one() for name, asked in questions.items()}


@pytest.fixture(scope="module")
def month(
    server: RabbitMQ, database_server_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Month]:
    """A town that was laid out; nobody works in it."""
    hands = clock.SimulatedClock(tmp_path_factory.mktemp("town") / "clock", NOON)
    clock.go_by(hands)
    with fresh_database(database_server_url) as url:
        month = Month(settings_for(url, broker_url=server.add_vhost("month")), hands)
        with _working(month, STORING):
            month.lay_out()
            assert month.outstanding.settle(60)
        yield month
    clock.go_by(clock.WallClock())


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Processes that can be killed."""
    host = Host(tmp_path_factory.mktemp("host"), "tests.support.service_host")
    yield host
    host.close()


@contextmanager
def _working(month: Month, services: Sequence[str]) -> Iterator[None]:
    house = House(month.settings, classes(list(services)))
    house.start()
    month.caller = house.caller("tests")
    month.caller.start()
    try:
        yield
    finally:
        month.caller.stop()
        month.caller = None
        house.stop()


@pytest.fixture(scope="module")
def victim(request: pytest.FixtureRequest, month: Month) -> Iterator[str]:
    """A service that is to be killed, while all others work."""
    service: str = request.param
    with _working(month, [name for name in STORING if name != service]):
        yield service


@pytest.mark.parametrize(
    ("victim", "point"),
    [(service, point) for service, points in POINTS.items() for point in points],
    indirect=["victim"],
)
def test_a_service_killed_at_a_crash_point_is_back_and_nothing_is_lost_or_done_twice(
    month: Month, host: Host, victim: str, point: str
) -> None:
    before = month.counts()
    host.live(month.life_of(victim, killed_at=point))
    step = eventlet.spawn(month.step)
    _come_back(month, host, victim)
    step.wait()
    _nothing_is_lost_or_done_twice(month, host, before)


@pytest.mark.parametrize("victim", ["claims"], indirect=True)
@pytest.mark.parametrize("point", WORKS)
def test_claims_killed_in_the_rush_gives_each_place_once(
    month: Month, host: Host, victim: str, point: str
) -> None:
    before = month.counts()
    host.live(month.life_of(victim))
    host.await_word("ready")
    asked = month.appear()
    assert month.outstanding.settle(60)
    host.finish()
    host.live(month.life_of(victim, killed_at=point))  # there is nothing to commit but the batch of the rush
    rush = eventlet.spawn(month.come_true, *asked)
    _come_back(month, host, victim)
    rush.wait()
    _nothing_is_lost_or_done_twice(month, host, before)


def _come_back(month: Month, host: Host, victim: str) -> None:
    """Wait until the service is killed, and start it again."""
    assert host.await_word("ended") == 137
    with timed() as took:
        host.live(month.life_of(victim))
        host.await_word("ready")
    assert took.seconds < BACK_WITHIN


def _nothing_is_lost_or_done_twice(month: Month, host: Host, before: dict[str, int]) -> None:
    assert month.outstanding.settle(60)
    host.finish()
    assert month.counts() == {name: number + 1 for name, number in before.items()}
    assert set(check_invariants(month.settings).values()) == {"ok"}
