"""A small city of wishes: its areas, the people who work in it, and a desk that runs the use cases."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.contracts import Command, Event, Query
from services.chassis.mailbox import mailbox_for
from services.chassis.rights import Actor, Grant, Role
from services.chassis.sheets import FormReading
from services.chassis.work import Workshop
from services.claims.contracts import (
    ClaimEnded,
    ClaimMade,
    ClaimsEnded,
    FulfilmentConfirmed,
    Standing,
    WishesClaimed,
)
from services.directory.contracts import AreaCopy, AreaKind, AreasChanged, AreaSettings
from services.scheduler.contracts import ReleaseDue
from services.wishes import contracts, forms, queries, usecases
from services.wishes.contracts import (
    Category,
    Door,
    ResidentDetails,
    Urgency,
    WishDetails,
    WishKind,
    WishReceipt,
    WishView,
)
from services.wishes.models import Base
from services.wishes.settings import WishesSettings

AnyEvent = TypeVar("AnyEvent", bound=Event)

_NAMESPACE = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


def id_of(name: str) -> UUID:
    """Return the same id for the same name, for areas, members and accounts of tests."""
    return uuid5(_NAMESPACE, name)


@dataclass(frozen=True)
class Place:
    """An area of the test city, by its path."""

    path: str
    name: str
    kind: AreaKind

    @property
    def id(self) -> UUID:
        """Return its id."""
        return id_of(self.path)


CITY = Place("/zhoukou/", "周口市", AreaKind.CITY)
DISTRICT = Place("/zhoukou/chuanhui/", "川汇区", AreaKind.DISTRICT)
STREET = Place("/zhoukou/chuanhui/xiaoqiao/", "小桥街道", AreaKind.STREET)
COMMUNITY = Place("/zhoukou/chuanhui/xiaoqiao/yinhua/", "银华社区", AreaKind.COMMUNITY)
NEIGHBOUR = Place("/zhoukou/chuanhui/xiaoqiao/qinghe/", "清河社区", AreaKind.COMMUNITY)
FAR_DISTRICT = Place("/zhoukou/huaiyang/", "淮阳区", AreaKind.DISTRICT)
FAR_COMMUNITY = Place("/zhoukou/huaiyang/chengguan/donghu/", "东湖社区", AreaKind.COMMUNITY)
PLACES = (CITY, DISTRICT, STREET, COMMUNITY, NEIGHBOUR, FAR_DISTRICT, FAR_COMMUNITY)


def the_city(version: int = 1, scope: Place = CITY, **settings: Any) -> AreasChanged:
    """Return the city with the same settings everywhere; `scope` holds the release rule of the district."""
    in_force = msgspec.structs.replace(AreaSettings(area_code="0394"), **settings)
    return AreasChanged(areas=[_copy(place, version, scope, in_force) for place in PLACES])


def _copy(place: Place, version: int, scope: Place, settings: AreaSettings) -> AreaCopy:
    above = [other for other in PLACES if place.path.startswith(other.path) and other != place]
    return AreaCopy(
        id=place.id,
        parent_id=above[-1].id if above else None,
        kind=place.kind,
        name=place.name,
        path=place.path,
        version=version,
        settings=settings,
        release_scope_id=(scope if place.path.startswith(scope.path) else CITY).id,
    )


def a_worker(place: Place = COMMUNITY, role: Role = Role.COMMUNITY_WORKER) -> Actor:
    """Return somebody who works in a place."""
    return Actor(account_id=id_of(f"{role} of {place.path}"), grants=(Grant(role, place.path),))


OFFICER = a_worker(CITY, Role.OFFICER)

NAME, PHONE, ADDRESS = "彭桂兰", "13812345678", "银华社区八一大道12号3单元501室"


def a_resident(**changes: Any) -> ResidentDetails:
    """Return who wishes."""
    return msgspec.structs.replace(ResidentDetails(name=NAME, phone=PHONE, address=ADDRESS), **changes)


def a_wish(**changes: Any) -> WishDetails:
    """Return what is wished for."""
    said = WishDetails(title="想要一台收音机", details="字大一点，能听戏的。", value=120)
    return msgspec.structs.replace(said, **changes)


@dataclass
class Desk:
    """Runs the use cases of wishes as its doors do, for a test."""

    workshop: Workshop
    settings: WishesSettings = field(default_factory=WishesSettings)

    def hear(self, event: Event, usecase: Callable[..., None]) -> bool:
        """Let an event take effect."""
        return self.workshop.once(event, usecase.__name__, usecase)

    def do(self, command: Command, usecase: Callable[..., Any], **bound: Any) -> Any:
        """Run a command as a door does."""
        return self.workshop.run(command, partial(usecase, **bound))

    def ask(self, query: Query, answer: Callable[..., Any], **bound: Any) -> Any:
        """Answer a query as a door does."""
        return self.workshop.read(query, partial(answer, **bound))

    # -- shorthands, each one command or event

    def submit(self, place: Place = COMMUNITY, key: str | None = None, **parts: Any) -> WishReceipt:
        """A resident says a wish."""
        wish, resident = parts.get("wish", a_wish()), parts.get("resident", a_resident())
        command = contracts.SubmitWish(
            community_id=place.id,
            wish=wish,
            resident=resident,
            address=parts.get("address", ""),
            key=key,
        )
        receipt: WishReceipt = self.do(command, usecases.submit_wish, settings=self.settings)
        return receipt

    def enter(self, place: Place = COMMUNITY, door: Door = Door.VISIT, **parts: Any) -> WishReceipt:
        """A worker enters a wish."""
        command = contracts.EnterWish(
            by=parts.get("by", a_worker(place)),
            community_id=place.id,
            wish=parts.get("wish", a_wish()),
            resident=parts.get("resident", a_resident()),
            door=door,
        )
        receipt: WishReceipt = self.do(command, usecases.enter_wish, settings=self.settings)
        return receipt

    def accept(self, wish_id: UUID, by: Actor = OFFICER, **given: Any) -> None:
        """A screener accepts."""
        given = {"category": Category.POVERTY_RELIEF} | given
        self.do(contracts.AcceptWish(by=by, wish_id=wish_id, **given), usecases.accept_wish)

    def screened(self, place: Place = COMMUNITY, **given: Any) -> WishReceipt:
        """A wish that was entered and accepted."""
        receipt = self.enter(place)
        self.accept(receipt.wish_id, **given)
        return receipt

    def urgent(self, place: Place = COMMUNITY, **given: Any) -> WishReceipt:
        """A wish that went up at once."""
        return self.screened(place, urgency=Urgency.URGENT, **given)

    def release(self, period: str, place: Place = CITY) -> UUID:
        """An officer releases a month by hand."""
        command = contracts.ReleaseWishes(by=OFFICER, area_id=place.id, period=period)
        released: UUID = self.do(command, usecases.release_wishes).id
        return released

    def release_due(self, period: str, place: Place = CITY) -> None:
        """The clock says that a month fell due."""
        due = ReleaseDue(period=period, area_id=place.id, release_on=date(2026, 11, 7))
        self.hear(due, usecases.release_due)

    def withdraw(self, wish_id: UUID, by: Actor = OFFICER) -> None:
        """A worker takes a wish back."""
        self.do(contracts.WithdrawWish(by=by, wish_id=wish_id, reason="家里已经买了"), usecases.withdraw_wish)

    def track(self, code: str, ending: str = PHONE[-4:], address: str = "") -> contracts.WishTrack:
        """A resident looks at their wish."""
        query = contracts.TrackWish(code=code, phone_ending=ending, address=address)
        track = partial(usecases.track_wish, now=clock.now(), settings=self.settings)
        found: contracts.WishTrack = usecases.answered(self.workshop.read(query, track))
        return found

    def withdraw_own(self, code: str, ending: str = PHONE[-4:]) -> Any:
        """A resident takes their wish back."""
        command = contracts.WithdrawOwnWish(code=code, phone_ending=ending)
        withdraw = partial(usecases.withdraw_own_wish, settings=self.settings)
        return usecases.answered(self.workshop.run(command, withdraw))

    def bring(
        self, file_name: str, content: bytes, *, commit: bool = False, form: str = "auto", **parts: Any
    ) -> contracts.ImportReport:
        """A worker imports a sheet, read as the door reads it."""
        command = contracts.ImportWishes(
            by=parts.get("by", a_worker()),
            key=parts.get("key"),
            area_id=COMMUNITY.id,
            file_name=file_name,
            content=content,
            form=form,
            commit=commit,
        )
        area_code = self.workshop.read(command, usecases.area_code_for)
        return self.take(command, forms.read(file_name, content, area_code, form))

    def take(self, command: contracts.ImportWishes, reading: FormReading[Any, Any]) -> contracts.ImportReport:
        """Import a sheet that was read."""
        taken = partial(usecases.import_wishes, reading=reading, settings=self.settings)
        report: contracts.ImportReport = self.workshop.run(command, taken)
        return report

    # -- what came of it

    def wish(self, wish_id: UUID, by: Actor = OFFICER) -> WishView:
        """A wish as an officer sees it."""
        view: WishView = self.workshop.read(contracts.GetWish(by=by, wish_id=wish_id), queries.get_wish)
        return view

    def state(self, wish_id: UUID) -> str:
        """Where a wish stands."""
        return self.wish(wish_id).state

    def announced(self, kind: type[AnyEvent]) -> list[AnyEvent]:
        """What was announced so far, in order."""
        outbox = mailbox_for(Base.metadata).outbox
        chosen = select(outbox.c.body).where(outbox.c.name == kind.name).order_by(outbox.c.id)
        with self.workshop.engine.connect() as connection:
            return [kind.from_wire(body) for body in connection.scalars(chosen)]

    def unexplained(self) -> list[Any]:
        """Wishes whose history does not lead to where they stand (invariant 2); there must be none."""
        return self.rows("""
            SELECT id FROM wishes.wish WHERE state IS DISTINCT FROM (
                SELECT state FROM wishes.wish_move WHERE wish_id = wish.id ORDER BY id DESC LIMIT 1)
        """)

    def rows(self, statement: str, **arguments: Any) -> list[Any]:
        """Rows of the tables, for what no query shows."""
        with Session(self.workshop.engine) as session:
            return list(session.execute(text(statement), arguments).all())


def a_desk(workshop: Workshop, **settings: Any) -> Desk:
    """Return a desk in a city whose areas are known."""
    desk = Desk(workshop)
    desk.hear(the_city(**settings), usecases.note_areas)
    return desk


# -- what claims tells


def standing(state: str, version: int, places_left: int = 0) -> Standing:
    """Return how an offer stands."""
    return Standing(state=state, places_left=places_left, version=version)


def claims_made(*told: tuple[UUID, Standing]) -> WishesClaimed:
    """Return the event of places taken."""
    return WishesClaimed(
        claims=[
            ClaimMade(
                claim_id=id_of(f"claim {number} {wish_id}"),
                wish_id=wish_id,
                member_id=id_of("member"),
                resident_id=id_of("resident"),
                title="想要一台收音机",
                wish_code="ABCD2345",
                area_path=COMMUNITY.path,
                due_on=date(2026, 12, 1),
                claimed_at=datetime(2026, 11, 8, tzinfo=UTC),
                standing=stands,
            )
            for number, (wish_id, stands) in enumerate(told)
        ]
    )


def claims_ended(*told: tuple[UUID, Standing], how: str = "returned") -> ClaimsEnded:
    """Return the event of claims that ended."""
    made = claims_made(*told).claims
    kept = (
        "claim_id",
        "wish_id",
        "member_id",
        "resident_id",
        "title",
        "wish_code",
        "area_path",
        "standing",
    )
    return ClaimsEnded(
        claims=[
            ClaimEnded(**{name: getattr(claim, name) for name in kept}, how=how, reason="") for claim in made
        ]
    )


def fulfilment(wish_id: UUID, stands: Standing) -> FulfilmentConfirmed:
    """Return the event of a wish come true."""
    made = msgspec.structs.asdict(claims_made((wish_id, stands)).claims[0])
    kept = ("claim_id", "wish_id", "member_id", "resident_id", "title", "wish_code", "area_path", "standing")
    return FulfilmentConfirmed(
        **{name: made[name] for name in kept},
        community_id=COMMUNITY.id,
        kind=WishKind.GOODS,
        urgency=Urgency.ORDINARY,
        confirmed_at=datetime(2026, 11, 20, tzinfo=UTC),
        by_resident=True,
    )
