"""What is expected and done in a year: builders and questions for tests of obligations and notices."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import Sealed, new_id
from services.chassis.rights import Actor, Grant, Role
from services.chassis.work import Workshop
from services.claims.contracts import ProjectMoved
from services.directory.contracts import AreaCopy, AreaKind, MemberCopy, UnitCopy
from services.points import queries, usecases
from services.points.contracts import (
    CountObligations,
    DutyKind,
    ListObligations,
    MyNotices,
    MyObligations,
    NoticeView,
    ObjectToNotice,
    SetDuty,
    UpholdNotice,
    WithdrawNotice,
)
from services.scheduler.contracts import NoticesDue
from services.wishes.contracts import ReporterChange, ReportersChanged, WishesSubmitted, WishTaken
from tests.support.points import (
    CITY,
    COMMUNITY,
    NOON,
    OFFICER,
    STREET,
    TODAY,
    Points,
    a_member,
    an_area,
    claims_made,
)

DISTRICT = "/zhoukou/chuanhui/"
NEIGHBOUR = "/zhoukou/chuanhui/qiyi/xinhua/"
WORKER = Actor(account_id=new_id(), grants=(Grant(Role.COMMUNITY_WORKER, COMMUNITY),))
GRID = Actor(account_id=new_id(), grants=(Grant(Role.GRID_WORKER, COMMUNITY),))
OF_THE_STREET = Actor(account_id=new_id(), grants=(Grant(Role.OFFICER, STREET),))
ELSEWHERE = Actor(account_id=new_id(), grants=(Grant(Role.OFFICER, "/zhoukou/shangshui/"),))
YEAR_OVER = NoticesDue(year=2026)


def points_in_june(workshop: Workshop, hands: SimulatedClock) -> Points:
    """Return points in June, so that whoever is registered now has half a year."""
    hands.set(datetime(2026, 6, 1, 4, tzinfo=UTC))
    return Points(workshop)


def a_community_in_its_city(points: Points) -> AreaCopy:
    """Let points know a community in a street in a district, with what is around it; return it."""
    area = an_area()
    street = msgspec.structs.replace(an_area(STREET), kind=AreaKind.STREET, name="七一路街道")
    points.know_areas(area, an_area(NEIGHBOUR), street, an_area(DISTRICT), an_area(CITY))
    return area


def a_neighbour(points: Points, community: AreaCopy, name: str = "王小明", **changes: Any) -> MemberCopy:
    member = a_member(points.workshop.seals.seal(name), community_id=community.id, **changes)
    points.know_members(member)
    return member


def signed_in(member: MemberCopy) -> Actor:
    return Actor(member_id=member.id)


def claim(points: Points, member: MemberCopy, claimed_at: datetime = NOON) -> UUID:
    claim_id = new_id()
    points.hear(claims_made(member.id, [claim_id], claimed_at), usecases.note_claims)
    return claim_id


def community_at(points: Points, path: str) -> UUID:
    """Return the area at a path, which points hears of when it did not yet."""
    found = points.rows(f"SELECT id FROM points.area WHERE path = '{path}'")
    if found:
        return UUID(str(found[0].id))
    area = an_area(path)
    points.know_areas(area)
    return area.id


def submit(
    points: Points, count: int, area_path: str = COMMUNITY, reporter: UnitCopy | None = None
) -> WishesSubmitted:
    event = submitted_in(community_at(points, area_path), area_path, count, reporter)
    points.hear(event, usecases.note_submissions)
    return event


def submitted_in(
    community_id: UUID, area_path: str, count: int = 1, reporter: UnitCopy | None = None
) -> WishesSubmitted:
    """Return the event that so many wishes came in, of a unit that reports if there is one."""
    wishes = [
        WishTaken(
            wish_id=new_id(),
            code="W7K2M",
            resident_id=new_id(),
            community_id=community_id,
            area_path=area_path,
            title=Sealed("k1.sealed"),
            confirmation_code=Sealed("k1.sealed"),
            reporter_id=reporter.id if reporter else None,
        )
        for _ in range(count)
    ]
    return WishesSubmitted(wishes=wishes)


def reporters_changed(
    event: WishesSubmitted, number: int, reporter_id: UUID | None, version: int
) -> ReportersChanged:
    """Return the event that one of these wishes counts for somebody else, or for nobody."""
    wish = event.wishes[number]
    change = ReporterChange(
        wish_id=wish.wish_id, area_path=wish.area_path, reporter_id=reporter_id, version=version
    )
    return ReportersChanged(changes=[change])


def take_on(
    points: Points,
    *units: UnitCopy,
    project_id: UUID | None = None,
    how: str = "claimed",
    left: UnitCopy | None = None,
    at: datetime | None = None,
) -> None:
    """Let units take on a project together, or one of them leave it."""
    event = ProjectMoved(
        project_id=project_id or new_id(),
        code="P7K2M",
        title="楼道照明",
        area_path=STREET,
        how=how,
        unit_ids=[unit.id for unit in units],
        proposer_id=None,
        proposer_unit_id=None,
        left_unit_id=left.id if left else None,
    )
    event = msgspec.structs.replace(event, occurred_at=at or event.occurred_at)
    points.hear(event, usecases.note_project)


def mine(points: Points, by: Actor, year: int = 2026) -> dict[DutyKind, tuple[int, int, int]]:
    query = MyObligations(by=by, year=year)
    listed = points.workshop.read(query, partial(queries.my_obligations, now=NOON)).items
    return {each.kind: (each.required, each.done, each.missing) for each in listed}


def unmet(points: Points, kind: DutyKind, by: Actor = OFFICER, *, below: str = CITY) -> list[UUID]:
    query = ListObligations(by=by, below=below, kind=kind, year=2026)
    page = points.workshop.read(query, partial(queries.list_obligations, now=NOON))
    return [each.subject_id for each in page.items]


def progress(points: Points) -> dict[DutyKind, tuple[int, int]]:
    """Return how many of a street have met each obligation, and of how many."""
    query = CountObligations(by=OFFICER, below=STREET, year=2026)
    counted = points.workshop.read(query, partial(queries.count_obligations, now=NOON)).items
    return {each.kind: (each.met, each.obliged) for each in counted}


def expect(points: Points, area: AreaCopy, kind: DutyKind, number: int, valid_from: date = TODAY) -> None:
    command = SetDuty(by=OFFICER, area_id=area.id, kind=kind, number=number, valid_from=valid_from)
    points.workshop.run(command, usecases.set_duty)


def notices_to(points: Points, by: Actor) -> list[NoticeView]:
    items: list[NoticeView] = points.workshop.read(MyNotices(by=by), queries.my_notices).items
    return items


def sent(points: Points) -> list[dict[str, Any]]:
    return [notice for event in points.told("notices_sent.v1") for notice in event["notices"]]


def object_to(points: Points, notice_id: UUID, by: Actor, reason: str = "全年住院") -> None:
    command = ObjectToNotice(by=by, notice_id=notice_id, reason=reason)
    points.workshop.run(command, usecases.object_to_notice)


def decide(
    points: Points,
    command: type[UpholdNotice] | type[WithdrawNotice],
    notice_id: UUID,
    by: Actor = OFFICER,
    reason: str = "情况属实",
) -> None:
    if command is UpholdNotice:
        uphold = UpholdNotice(by=by, notice_id=notice_id, reason=reason)
        points.workshop.run(uphold, usecases.uphold_notice)
    else:
        withdraw = WithdrawNotice(by=by, notice_id=notice_id, reason=reason)
        points.workshop.run(withdraw, usecases.withdraw_notice)
