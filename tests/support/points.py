"""Communities, units, members and what they did: builders for tests of points, and a hand to run them."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text

from services.chassis.contracts import Event, Sealed, new_id
from services.chassis.rights import Actor, Grant, Role
from services.chassis.work import Workshop
from services.claims.contracts import (
    ClaimEnded,
    ClaimMade,
    ClaimsEnded,
    FulfilmentConfirmed,
    Standing,
    WishesClaimed,
)
from services.directory.contracts import (
    AreaCopy,
    AreaKind,
    AreasChanged,
    AreaSettings,
    MemberCopy,
    MemberKind,
    MembersChanged,
    UnitCopy,
    UnitKind,
    UnitsChanged,
)
from services.points import queries, usecases
from services.points.contracts import (
    Card,
    Deed,
    EntryList,
    FeedbackReport,
    GetFeedback,
    ListEntries,
    MyCard,
    ReplyToFeedback,
    SetRule,
)
from services.scheduler.contracts import FeedbackDue
from services.wishes.contracts import Urgency, WishKind

CITY, STREET, COMMUNITY = "/zhoukou/", "/zhoukou/chuanhui/qiyi/", "/zhoukou/chuanhui/qiyi/renmin/"
SEALED = Sealed("k1.sealed")
OPEN = Standing(state="fulfilled", places_left=0, version=2)
NOON = datetime(2026, 11, 7, 4, tzinfo=UTC)  # in Shanghai

SECOND_HALF = FeedbackDue(period="2026H2", starts_on=date(2026, 7, 1), ends_on=date(2026, 12, 31))


def an_area(
    path: str = COMMUNITY, area_id: UUID | None = None, *, version: int = 1, **settings: Any
) -> AreaCopy:
    """Return an area at a path, with settings where they differ from the programme's."""
    area_id = area_id or new_id()
    return AreaCopy(
        id=area_id,
        parent_id=None,
        kind=AreaKind.COMMUNITY,
        name="人民社区",
        path=path,
        version=version,
        settings=AreaSettings(**settings),
        release_scope_id=area_id,
    )


def a_unit(name: str = "水务局", **changes: Any) -> UnitCopy:
    """Return a unit that reports to the street."""
    unit_id = new_id()
    values: dict[str, Any] = {
        "id": unit_id,
        "parent_id": None,
        "name": name,
        "kind": UnitKind.ORGAN,
        "path": f"/{unit_id}/",
        "street_id": new_id(),
        "street_path": STREET,
        "contact_name": None,
        "contact_phone": None,
        "contact_email": None,
        "is_active": True,
        "version": 1,
    }
    return UnitCopy(**(values | changes))


def a_member(name: Sealed = SEALED, **changes: Any) -> MemberCopy:
    """Return a member whose name is sealed already."""
    values: dict[str, Any] = {
        "id": new_id(),
        "kind": MemberKind.PARTY_MEMBER,
        "name": name,
        "phone": SEALED,
        "email": None,
        "unit_id": None,
        "community_id": None,
        "area_path": "/",
        "skills": (),
        "willingness": (),
        "language": "zh",
        "is_active": True,
        "version": 1,
    }
    return MemberCopy(**(values | changes))


def a_fulfilment(community_id: UUID, member_id: UUID | None = None, **changes: Any) -> FulfilmentConfirmed:
    """Return a confirmed fulfilment of an ordinary wish for goods."""
    values: dict[str, Any] = {
        "claim_id": new_id(),
        "wish_id": new_id(),
        "member_id": member_id or new_id(),
        "resident_id": new_id(),
        "community_id": community_id,
        "area_path": COMMUNITY,
        "title": "一床厚棉被",
        "wish_code": "W7K2M",
        "kind": WishKind.GOODS,
        "urgency": Urgency.ORDINARY,
        "confirmed_at": NOON,
        "by_resident": True,
        "standing": OPEN,
    }
    return FulfilmentConfirmed(**(values | changes))


def claims_made(
    member_id: UUID, claim_ids: Iterable[UUID], claimed_at: datetime = NOON, people: tuple[UUID, ...] = ()
) -> WishesClaimed:
    """Return the event that a member claimed so many wishes, with these people where there are more."""
    return WishesClaimed(
        claims=[
            ClaimMade(
                claim_id=claim_id,
                wish_id=new_id(),
                member_id=member_id,
                people=people,
                resident_id=new_id(),
                title="一床厚棉被",
                wish_code="W7K2M",
                area_path=COMMUNITY,
                due_on=date(2026, 11, 21),
                claimed_at=claimed_at,
                standing=OPEN,
            )
            for claim_id in claim_ids
        ]
    )


def claim_ended(member_id: UUID, claim_id: UUID, how: str) -> ClaimsEnded:
    """Return the event that a claim ended without fulfilment."""
    ended = ClaimEnded(
        claim_id=claim_id,
        wish_id=new_id(),
        member_id=member_id,
        resident_id=new_id(),
        title="一床厚棉被",
        wish_code="W7K2M",
        area_path=COMMUNITY,
        how=how,
        reason="",
        standing=OPEN,
    )
    return ClaimsEnded(claims=[ended])


OFFICER = Actor(account_id=new_id(), grants=(Grant(Role.OFFICER, CITY),))
TODAY = date(2026, 11, 2)


class Points:
    """The workshop of points with the few things these tests do over and over."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop

    def hear(self, event: Event, usecase: Callable[..., None]) -> bool:
        return self.workshop.once(event, usecase.__name__, usecase)

    def know_areas(self, *areas: AreaCopy) -> None:
        self.hear(AreasChanged(areas=list(areas)), usecases.note_areas)

    def know_units(self, *units: UnitCopy) -> None:
        self.hear(UnitsChanged(units=list(units)), usecases.note_units)

    def know_members(self, *members: MemberCopy) -> None:
        self.hear(MembersChanged(members=list(members)), usecases.note_members)

    def member_of(self, unit: UnitCopy, name: str = "王小明") -> MemberCopy:
        member = a_member(self.workshop.seals.seal(name), unit_id=unit.id)
        self.know_members(member)
        return member

    def confirm(self, community_id: UUID, member_id: UUID | None = None, **changes: Any) -> None:
        self.hear(a_fulfilment(community_id, member_id, **changes), usecases.enter_deeds)

    def rows(self, statement: str) -> list[Any]:
        with self.workshop.engine.connect() as connection:
            return list(connection.execute(text(statement)))

    def change(self, statement: str) -> None:
        """Write past the doors of points, as a migration or somebody's hand does."""
        with self.workshop.engine.begin() as connection:
            connection.execute(text(statement))

    def told(self, name: str) -> list[dict[str, Any]]:
        rows = self.rows(f"SELECT body FROM points.outbox WHERE name = '{name}' ORDER BY id")
        return [msgspec.json.decode(row.body) for row in rows]

    def thresholds_told(self) -> list[str]:
        return [event["threshold"] for event in self.told("threshold_reached.v1")]

    def set_rule(self, area: AreaCopy, points: int, valid_from: date, deed: Deed = Deed.GOODS_WISH) -> None:
        command = SetRule(by=OFFICER, area_id=area.id, deed=deed, points=points, valid_from=valid_from)
        self.workshop.run(command, usecases.set_rule)

    def card(self, member_id: UUID, year: int | None = None) -> Card:
        query = MyCard(by=Actor(member_id=member_id), year=year)
        return self.workshop.read(query, partial(queries.my_card, now=NOON))

    def entries(self, **changes: Any) -> EntryList:
        asked: dict[str, Any] = {"by": OFFICER, "below": CITY}
        query = ListEntries(**(asked | changes))
        return self.workshop.read(query, queries.list_entries)

    def report(self, unit: UnitCopy, period: str = "2026H2") -> UUID:
        found = self.rows(
            f"SELECT id FROM points.feedback_report WHERE unit_id = '{unit.id}' AND period = '{period}'"
        )
        (row,) = found
        return UUID(str(row.id))

    def get_feedback(self, report_id: UUID, by: Actor) -> FeedbackReport:
        query = GetFeedback(by=by, report_id=report_id)
        return self.workshop.read(query, partial(queries.get_feedback, now=NOON))

    def reply(self, report_id: UUID, by: Actor, reply: str, key: str | None = None) -> None:
        command = ReplyToFeedback(by=by, report_id=report_id, reply=reply, key=key)
        self.workshop.run(command, usecases.reply_to_feedback)


def officer_of(unit: UnitCopy) -> Actor:
    return Actor(account_id=new_id(), unit_id=unit.id, grants=(Grant(Role.UNIT_OFFICER, unit.path),))
