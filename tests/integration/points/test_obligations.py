"""What is expected of whom in a year, how far they have come, and who may see it."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import msgspec
import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.refusals import NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE
from services.chassis.work import Workshop
from services.directory.contracts import AreaCopy, MemberKind
from services.points import queries, usecases
from services.points.contracts import (
    CountObligations,
    DutyInThePast,
    DutyKind,
    ListDuties,
    ListObligations,
    SetDuty,
    UnknownArea,
    UnusableNumber,
)
from tests.support.points import (
    COMMUNITY,
    NOON,
    OFFICER,
    STREET,
    TODAY,
    Points,
    a_unit,
    an_area,
    claim_ended,
    claims_made,
    officer_of,
)
from tests.support.points_duties import (
    DISTRICT,
    ELSEWHERE,
    GRID,
    NEIGHBOUR,
    OF_THE_STREET,
    WORKER,
    a_community_in_its_city,
    a_neighbour,
    claim,
    expect,
    mine,
    points_in_june,
    progress,
    reporters_changed,
    signed_in,
    submit,
    submitted_in,
    take_on,
    unmet,
)


@pytest.fixture
def points(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> Points:
    """Points in June, so that whoever is registered now has half a year."""
    return points_in_june(workshop_of("points"), simulated_clock)


@pytest.fixture
def community(points: Points) -> AreaCopy:
    """A community in a street in a district."""
    return a_community_in_its_city(points)


# -- what is done


def test_a_member_owes_one_wish_and_what_was_given_up_does_not_count(
    points: Points, community: AreaCopy
) -> None:
    member = a_neighbour(points, community)
    assert mine(points, signed_in(member)) == {DutyKind.MEMBER_WISHES: (1, 0, 1)}
    for how in ("undone", "returned", "lapsed", "not_done"):
        points.hear(claim_ended(member.id, claim(points, member), how), usecases.note_ends)
    assert mine(points, signed_in(member)) == {DutyKind.MEMBER_WISHES: (1, 0, 1)}
    points.hear(claim_ended(member.id, claim(points, member), "withdrawn"), usecases.note_ends)
    assert mine(points, signed_in(member)) == {DutyKind.MEMBER_WISHES: (1, 1, 0)}


def test_a_volunteer_owes_nothing_and_nobody_counts_them_among_the_obliged(
    points: Points, community: AreaCopy
) -> None:
    a_neighbour(points, community)
    volunteer = a_neighbour(points, community, "李建国", kind=MemberKind.VOLUNTEER)
    assert mine(points, signed_in(volunteer)) == {}
    assert volunteer.id not in unmet(points, DutyKind.MEMBER_WISHES, WORKER, below=COMMUNITY)
    assert progress(points)[DutyKind.MEMBER_WISHES] == (0, 1)


def test_whose_kind_is_not_known_yet_is_taken_for_a_party_member(points: Points, community: AreaCopy) -> None:
    member = a_neighbour(points, community, kind=MemberKind.VOLUNTEER)
    points.change("UPDATE points.member SET kind = NULL")  # as after the migration
    assert unmet(points, DutyKind.MEMBER_WISHES, WORKER, below=COMMUNITY) == [member.id]
    points.know_members(msgspec.structs.replace(member, version=2))
    assert unmet(points, DutyKind.MEMBER_WISHES, WORKER, below=COMMUNITY) == []


def test_a_wish_taken_on_and_seen_through_counts_once(points: Points, community: AreaCopy) -> None:
    member = a_neighbour(points, community)
    claim_id = claim(points, member)
    points.confirm(community.id, member.id, claim_id=claim_id)
    assert mine(points, signed_in(member)) == {DutyKind.MEMBER_WISHES: (1, 1, 0)}
    assert mine(points, signed_in(member), 2025) == {DutyKind.MEMBER_WISHES: (1, 0, 1)}


def test_whoever_takes_a_wish_on_together_has_taken_it_on(points: Points, community: AreaCopy) -> None:
    first, second = a_neighbour(points, community), a_neighbour(points, community, "李建国")
    claim_id = new_id()
    made = claims_made(first.id, [claim_id], people=(first.id, second.id))
    points.hear(made, usecases.note_claims)
    for member in (first, second):
        assert mine(points, signed_in(member)) == {DutyKind.MEMBER_WISHES: (1, 1, 0)}
    points.hear(claim_ended(first.id, claim_id, "returned"), usecases.note_ends)
    assert unmet(points, DutyKind.MEMBER_WISHES) == sorted([first.id, second.id])


def test_a_claim_of_several_whose_end_is_heard_first_counts_for_none(
    points: Points, community: AreaCopy
) -> None:
    first, second = a_neighbour(points, community), a_neighbour(points, community, "李建国")
    claim_id = new_id()
    points.hear(claim_ended(first.id, claim_id, "undone"), usecases.note_ends)
    points.hear(claims_made(first.id, [claim_id], people=(first.id, second.id)), usecases.note_claims)
    assert unmet(points, DutyKind.MEMBER_WISHES) == sorted([first.id, second.id])


def test_a_street_submits_three_wishes_each_counted_once(points: Points, community: AreaCopy) -> None:
    event = submit(points, 2)
    points.hear(msgspec.structs.replace(event, event_id=new_id()), usecases.note_submissions)
    assert mine(points, OF_THE_STREET) == {DutyKind.STREET_WISHES: (3, 2, 1)}
    submit(points, 1, NEIGHBOUR)
    submit(points, 5, "/zhoukou/shangshui/a/b/")
    assert mine(points, OF_THE_STREET) == {DutyKind.STREET_WISHES: (3, 3, 0)}


def test_what_was_taken_back_counts_neither_for_its_street_nor_for_its_unit(
    points: Points, community: AreaCopy
) -> None:
    unit = a_unit()
    points.know_units(unit)
    event = submit(points, 2, reporter=unit)
    taken_back = reporters_changed(event, 0, None, version=2)
    for _ in range(2):
        points.hear(msgspec.structs.replace(taken_back, event_id=new_id()), usecases.note_reporters)
    assert mine(points, OF_THE_STREET) == {DutyKind.STREET_WISHES: (3, 1, 2)}
    assert mine(points, officer_of(unit))[DutyKind.UNIT_WISHES] == (1, 1, 0)


def test_what_was_taken_back_before_it_was_heard_of_never_counts(points: Points, community: AreaCopy) -> None:
    event = submitted_in(community.id, community.path)
    points.hear(reporters_changed(event, 0, None, version=2), usecases.note_reporters)
    points.hear(event, usecases.note_submissions)
    assert mine(points, OF_THE_STREET) == {DutyKind.STREET_WISHES: (3, 0, 3)}


def test_a_wish_that_joins_later_counts_for_the_unit_it_joined_for_last(
    points: Points, community: AreaCopy
) -> None:
    first, second = a_unit(), a_unit("实验小学")
    points.know_units(first, second)
    event = submit(points, 1)
    points.hear(reporters_changed(event, 0, second.id, version=3), usecases.note_reporters)
    points.hear(reporters_changed(event, 0, first.id, version=2), usecases.note_reporters)
    done = [mine(points, officer_of(unit))[DutyKind.UNIT_WISHES][1] for unit in (first, second)]
    assert done == [0, 1]
    assert mine(points, OF_THE_STREET) == {DutyKind.STREET_WISHES: (3, 1, 2)}


def test_a_wish_from_a_community_not_heard_of_yet_is_heard_again_later(
    points: Points, community: AreaCopy
) -> None:
    new = an_area(f"{STREET}xinjian/")
    event = submitted_in(new.id, new.path)
    with pytest.raises(UnknownArea):
        points.hear(event, usecases.note_submissions)
    points.know_areas(new)
    points.hear(event, usecases.note_submissions)
    assert mine(points, OF_THE_STREET) == {DutyKind.STREET_WISHES: (3, 1, 2)}


def test_a_unit_owes_a_project_and_a_submission(points: Points, community: AreaCopy) -> None:
    unit, other, third = a_unit(), a_unit("实验小学"), a_unit("档案馆")
    points.know_units(unit, other, third)
    project = new_id()
    take_on(points, other, how="approved")
    for _ in range(2):
        take_on(points, unit, third, project_id=project)
    submit(points, 1, reporter=third)
    for each, submitted in ((unit, 0), (third, 1)):
        assert mine(points, officer_of(each)) == {
            DutyKind.UNIT_PROJECTS: (1, 1, 0),
            DutyKind.UNIT_WISHES: (1, submitted, 1 - submitted),
        }
    assert unmet(points, DutyKind.UNIT_PROJECTS) == [other.id]


def test_a_unit_that_leaves_a_project_owes_one_again_whichever_is_heard_last(
    points: Points, community: AreaCopy
) -> None:
    leaving, late, back = units = [a_unit(name) for name in ("人社局", "实验小学", "档案馆")]
    points.know_units(*units)
    project, moments = new_id(), [NOON + timedelta(minutes=minute) for minute in range(3)]
    take_on(points, leaving, back, project_id=project, at=moments[0])
    for unit in units:
        take_on(points, project_id=project, how="left", left=unit, at=moments[1])
    take_on(points, late, project_id=project, at=moments[0])
    take_on(points, back, project_id=project, at=moments[2])

    assert sorted(unmet(points, DutyKind.UNIT_PROJECTS)) == sorted([leaving.id, late.id])


# -- what is expected


def test_the_number_is_that_of_the_nearest_area_from_its_day_on(points: Points, community: AreaCopy) -> None:
    member = a_neighbour(points, community)
    expect(points, community, DutyKind.MEMBER_WISHES, 4, date(2027, 6, 1))
    expect(points, community, DutyKind.MEMBER_WISHES, 2, date(2026, 7, 1))
    assert mine(points, signed_in(member)) == {DutyKind.MEMBER_WISHES: (2, 0, 2)}
    expect(points, community, DutyKind.MEMBER_WISHES, 0, date(2026, 8, 1))
    assert mine(points, signed_in(member)) == {}
    query = ListDuties(area_id=community.id)
    listed = points.workshop.read(query, partial(queries.list_duties, now=NOON)).items
    numbers = [(duty.area_id, duty.number) for duty in listed if duty.kind is DutyKind.MEMBER_WISHES]
    assert numbers == [(community.id, 4), (community.id, 0), (None, 1)]


@pytest.mark.parametrize(
    ("kind", "number", "valid_from", "refusal"),
    [
        (DutyKind.MEMBER_WISHES, -1, TODAY, UnusableNumber),
        (DutyKind.MEMBER_WISHES, 101, TODAY, UnusableNumber),
        (DutyKind.REPLY_DAYS, 0, TODAY, UnusableNumber),
        (DutyKind.MEMBER_WISHES, 1, date(2026, 5, 31), DutyInThePast),
    ],
)
def test_a_duty_that_makes_no_sense_is_refused(
    kind: DutyKind,
    number: int,
    valid_from: date,
    refusal: type[Exception],
    points: Points,
    community: AreaCopy,
) -> None:
    with pytest.raises(refusal):
        expect(points, community, kind, number, valid_from)
    with pytest.raises(UnknownArea):
        expect(points, an_area(), DutyKind.MEMBER_WISHES, 1)


def test_only_officers_of_the_area_set_what_is_expected(points: Points, community: AreaCopy) -> None:
    for caller, refusal in ((WORKER, NotPermitted), (ELSEWHERE, NotPermitted), (ANYONE, SignInNeeded)):
        command = SetDuty(
            by=caller, area_id=community.id, kind=DutyKind.UNIT_WISHES, number=2, valid_from=TODAY
        )
        with pytest.raises(refusal):
            points.workshop.run(command, usecases.set_duty)


# -- who sees it


def test_obligations_are_seen_by_those_concerned_and_responsible_and_nobody_else(
    points: Points, community: AreaCopy
) -> None:
    member, other = a_neighbour(points, community), a_neighbour(points, community, "李建国")
    unit = a_unit()
    points.know_units(unit)
    claim(points, other)
    assert DutyKind.UNIT_PROJECTS not in mine(points, signed_in(member))
    assert mine(points, officer_of(a_unit("别的单位"))) == {}
    assert unmet(points, DutyKind.MEMBER_WISHES, WORKER, below=COMMUNITY) == [member.id]
    for caller, refusal in ((GRID, NotPermitted), (ELSEWHERE, NotPermitted), (ANYONE, SignInNeeded)):
        with pytest.raises(refusal):
            unmet(points, DutyKind.MEMBER_WISHES, caller, below=COMMUNITY)
    with pytest.raises(SignInNeeded):
        mine(points, ANYONE)
    for caller in (signed_in(other), officer_of(unit)):
        with pytest.raises(NotPermitted):
            unmet(points, DutyKind.MEMBER_WISHES, caller, below=COMMUNITY)


def test_a_street_does_not_list_itself_those_above_do(points: Points, community: AreaCopy) -> None:
    assert unmet(points, DutyKind.STREET_WISHES, OF_THE_STREET, below=STREET) == []
    assert len(unmet(points, DutyKind.STREET_WISHES, OFFICER, below=DISTRICT)) == 1


def test_the_list_is_read_page_by_page_without_a_gap(points: Points, community: AreaCopy) -> None:
    members = {a_neighbour(points, community).id for _ in range(5)}
    seen: list[UUID] = []
    after = None
    while True:
        query = ListObligations(
            by=WORKER, below=COMMUNITY, kind=DutyKind.MEMBER_WISHES, year=2026, after=after, limit=2
        )
        page = points.workshop.read(query, partial(queries.list_obligations, now=NOON))
        seen += [each.subject_id for each in page.items]
        after = page.next
        if after is None:
            break
    assert len(seen) == 5
    assert set(seen) == members


def test_progress_is_counted_without_names(points: Points, community: AreaCopy) -> None:
    claim(points, a_neighbour(points, community))
    a_neighbour(points, community)
    a_neighbour(points, community, is_active=False)
    submit(points, 3)
    assert progress(points) == {
        DutyKind.MEMBER_WISHES: (1, 2),
        DutyKind.UNIT_PROJECTS: (0, 0),
        DutyKind.UNIT_WISHES: (0, 0),
        DutyKind.STREET_WISHES: (1, 1),
    }
    with pytest.raises(NotPermitted):
        points.workshop.read(
            CountObligations(by=WORKER, below=STREET, year=2026),
            partial(queries.count_obligations, now=NOON),
        )
