"""The private word to who did not do what is expected: told once, open to objection, shown to nobody else."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import msgspec
import pytest

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.refusals import IllegalMove, NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE, Actor
from services.chassis.work import Workshop
from services.directory.contracts import AreaCopy, MemberCopy, MemberKind
from services.points import queries, usecases
from services.points.contracts import (
    ListObjections,
    NoticeState,
    NoticeView,
    OwnMatter,
    ReasonMissing,
    SecondPersonNeeded,
    UnknownNotice,
    UpholdNotice,
    WithdrawNotice,
)
from services.scheduler.contracts import NoticesDue
from tests.support.points import (
    COMMUNITY,
    OFFICER,
    Points,
    a_member,
    a_unit,
    officer_of,
)
from tests.support.points_duties import (
    DISTRICT,
    ELSEWHERE,
    GRID,
    OF_THE_STREET,
    WORKER,
    YEAR_OVER,
    a_community_in_its_city,
    a_neighbour,
    claim,
    decide,
    notices_to,
    object_to,
    points_in_june,
    sent,
    signed_in,
    submit,
    take_on,
)


@pytest.fixture
def points(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> Points:
    """Points in June, so that whoever is registered now has half a year."""
    return points_in_june(workshop_of("points"), simulated_clock)


@pytest.fixture
def community(points: Points) -> AreaCopy:
    """A community in a street in a district."""
    return a_community_in_its_city(points)


@pytest.fixture
def idle(points: Points, community: AreaCopy) -> MemberCopy:
    """A member who took on nothing, beside one who did; the year is over."""
    idle = a_neighbour(points, community)
    claim(points, a_neighbour(points, community, "李建国"))
    points.hear(YEAR_OVER, usecases.send_notices)
    return idle


def test_who_did_nothing_is_told_once_a_year_and_in_private(points: Points, idle: MemberCopy) -> None:
    points.hear(NoticesDue(year=2026), usecases.send_notices)
    (told,) = sent(points)
    assert (told["kind"], told["subject_id"]) == ("member_wishes", str(idle.id))
    assert (told["required"], told["done"], told["year"]) == (1, 0, 2026)
    (notice,) = notices_to(points, signed_in(idle))
    assert (notice.state, notice.required, notice.done) == (NoticeState.SENT, 1, 0)


def test_a_notice_is_shown_to_nobody_else_unless_its_member_objects(points: Points, idle: MemberCopy) -> None:
    others = [
        OFFICER,
        WORKER,
        OF_THE_STREET,
        officer_of(a_unit()),
        Actor(member_id=new_id()),
    ]
    assert [notices_to(points, other) for other in others] == [[]] * 5

    def objections(by: Actor, below: str = COMMUNITY) -> list[NoticeView]:
        query = ListObjections(by=by, below=below)
        now = clock.now()
        items: list[NoticeView] = points.workshop.read(query, partial(queries.list_objections, now=now)).items
        return items

    assert objections(OFFICER) == []
    (notice,) = notices_to(points, signed_in(idle))
    for other in others:
        with pytest.raises(UnknownNotice):
            object_to(points, notice.id, other)
    with pytest.raises(SignInNeeded):
        object_to(points, notice.id, ANYONE)
    object_to(points, notice.id, signed_in(idle))
    (objected,) = objections(OF_THE_STREET)
    assert (objected.objection, objected.state) == ("全年住院", NoticeState.OBJECTED)
    assert objections(OFFICER, DISTRICT) == [objected]
    for caller in (WORKER, GRID, ELSEWHERE, signed_in(idle)):
        with pytest.raises(NotPermitted):
            objections(caller)
    (told,) = points.told("notice_objected.v1")
    assert told["officers_path"] == COMMUNITY


@pytest.mark.parametrize(
    ("command", "state"), [(UpholdNotice, NoticeState.UPHELD), (WithdrawNotice, NoticeState.WITHDRAWN)]
)
def test_an_officer_decides_about_an_objection_once(
    command: type[UpholdNotice] | type[WithdrawNotice], state: NoticeState, points: Points, idle: MemberCopy
) -> None:
    (notice,) = notices_to(points, signed_in(idle))
    object_to(points, notice.id, signed_in(idle))
    decide(points, command, notice.id)
    (after,) = notices_to(points, signed_in(idle))
    assert (after.state, after.decision) == (state, "情况属实")
    (told,) = points.told("notice_decided.v1")
    assert told["is_withdrawn"] is (state is NoticeState.WITHDRAWN)
    for again in (UpholdNotice, WithdrawNotice):
        with pytest.raises(IllegalMove):
            decide(points, again, notice.id)
    with pytest.raises(IllegalMove):
        object_to(points, notice.id, signed_in(idle))


def test_only_officers_decide_and_never_in_their_own_matter(points: Points, idle: MemberCopy) -> None:
    (notice,) = notices_to(points, signed_in(idle))
    himself = Actor(account_id=new_id(), member_id=idle.id, grants=OFFICER.grants)
    with pytest.raises(OwnMatter):
        decide(points, WithdrawNotice, notice.id, himself)
    object_to(points, notice.id, himself)
    with pytest.raises(SecondPersonNeeded):
        decide(points, WithdrawNotice, notice.id, himself)
    for caller, refusal in (
        (WORKER, NotPermitted),
        (ELSEWHERE, NotPermitted),
        (signed_in(idle), NotPermitted),
        (ANYONE, SignInNeeded),
    ):
        for command in (UpholdNotice, WithdrawNotice):
            with pytest.raises(refusal):
                decide(points, command, notice.id, caller)
    with pytest.raises(ReasonMissing):
        decide(points, UpholdNotice, notice.id, reason=" ")
    with pytest.raises(UnknownNotice):
        decide(points, UpholdNotice, new_id())


def test_a_notice_may_be_withdrawn_before_anybody_objects(points: Points, idle: MemberCopy) -> None:
    (notice,) = notices_to(points, signed_in(idle))
    with pytest.raises(IllegalMove):
        decide(points, UpholdNotice, notice.id)
    decide(points, WithdrawNotice, notice.id)
    assert notices_to(points, signed_in(idle))[0].state is NoticeState.WITHDRAWN


def test_who_came_late_in_the_year_is_not_told(
    points: Points, community: AreaCopy, simulated_clock: SimulatedClock
) -> None:
    claim(points, a_neighbour(points, community))
    simulated_clock.set(datetime(2026, 11, 2, 4, tzinfo=UTC))
    late = a_neighbour(points, community)
    points.know_members(msgspec.structs.replace(late, version=2))
    points.hear(YEAR_OVER, usecases.send_notices)
    assert sent(points) == []


def test_being_heard_of_again_does_not_make_anybody_new(
    points: Points, community: AreaCopy, simulated_clock: SimulatedClock
) -> None:
    member = a_neighbour(points, community)
    claim(points, a_neighbour(points, community))
    simulated_clock.set(datetime(2026, 12, 20, 4, tzinfo=UTC))
    points.know_members(msgspec.structs.replace(member, version=2))
    points.hear(YEAR_OVER, usecases.send_notices)
    assert [notice["subject_id"] for notice in sent(points)] == [str(member.id)]


def test_a_volunteer_who_did_nothing_is_told_nothing(points: Points, community: AreaCopy) -> None:
    claim(points, a_neighbour(points, community))
    volunteer = a_neighbour(points, community, "李建国", kind=MemberKind.VOLUNTEER)
    points.hear(YEAR_OVER, usecases.send_notices)
    assert sent(points) == []
    assert notices_to(points, signed_in(volunteer)) == []


def test_what_nobody_tells_of_is_held_against_nobody(points: Points, community: AreaCopy) -> None:
    a_neighbour(points, community)
    points.know_units(a_unit(), a_unit("实验小学"))
    points.hear(YEAR_OVER, usecases.send_notices)
    assert sent(points) == []


def test_units_and_streets_are_told_of_their_own(points: Points, community: AreaCopy) -> None:
    unit, other = a_unit(), a_unit("实验小学")
    points.know_units(unit, other)
    take_on(points, unit)
    submit(points, 1)
    points.hear(YEAR_OVER, usecases.send_notices)
    assert {(notice["kind"], notice["done"]) for notice in sent(points)} == {
        ("unit_projects", 0),
        ("street_wishes", 1),
    }
    (to_unit,) = notices_to(points, officer_of(other))
    assert to_unit.subject_id == other.id
    assert notices_to(points, officer_of(unit)) == []
    (to_street,) = notices_to(points, OF_THE_STREET)
    object_to(points, to_street.id, OF_THE_STREET)
    with pytest.raises(NotPermitted):
        decide(points, WithdrawNotice, to_street.id, OF_THE_STREET)
    decide(points, WithdrawNotice, to_street.id, OFFICER)
    both = Actor(account_id=new_id(), grants=officer_of(other).grants + OFFICER.grants)
    with pytest.raises(OwnMatter):
        decide(points, WithdrawNotice, to_unit.id, both)


def test_a_thousand_notices_go_out_in_events_of_at_most_five_hundred(
    points: Points, community: AreaCopy
) -> None:
    members = [a_member(community_id=community.id) for _ in range(1100)]
    for start in range(0, len(members), 500):
        points.know_members(*members[start : start + 500])
    claim(points, members[0])
    points.hear(YEAR_OVER, usecases.send_notices)
    events = points.told("notices_sent.v1")
    assert [len(event["notices"]) for event in events] == [500, 500, 99]
    assert len({notice["subject_id"] for notice in sent(points)}) == 1099


def test_no_objection_rests_unsealed(points: Points, idle: MemberCopy) -> None:
    (notice,) = notices_to(points, signed_in(idle))
    object_to(points, notice.id, signed_in(idle), reason="王小明住院")
    decide(points, WithdrawNotice, notice.id, reason="王小明属实")
    for table in ("notice", "outbox", "receipt", "audit"):
        assert "王小明" not in str(points.rows(f"SELECT * FROM points.{table}"))
