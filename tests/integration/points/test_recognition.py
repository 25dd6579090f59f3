"""Who is outstanding is proposed by the community and decided above it, once; papers say what for."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.refusals import IllegalMove, NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE, Actor, Grant, Role
from services.directory.contracts import AreaCopy, MemberCopy
from services.points import queries, usecases
from services.points.contracts import (
    AlreadyNominated,
    ApproveNomination,
    DeclineNomination,
    GetRecognition,
    ListNominations,
    ListRecognitions,
    NominateOutstanding,
    NominationState,
    NotOutstanding,
    OwnMatter,
    ReasonMissing,
    RecognitionPaper,
    RecognitionView,
    SecondPersonNeeded,
    Threshold,
    UnknownNomination,
    UnknownRecognition,
)
from tests.support.points import CITY, COMMUNITY, OFFICER, STREET, TODAY, Points, a_unit, an_area

WORKER = Actor(account_id=new_id(), grants=(Grant(Role.COMMUNITY_WORKER, COMMUNITY),))
GRID = Actor(account_id=new_id(), grants=(Grant(Role.GRID_WORKER, COMMUNITY),))
OF_THE_COMMUNITY = Actor(account_id=new_id(), grants=(Grant(Role.OFFICER, COMMUNITY),))
OF_THE_STREET = Actor(account_id=new_id(), grants=(Grant(Role.OFFICER, STREET),))


@pytest.fixture
def community(points: Points) -> AreaCopy:
    area = an_area()
    points.know_areas(area, an_area(STREET), an_area(CITY))
    return area


@pytest.fixture
def member(points: Points, community: AreaCopy, simulated_clock: SimulatedClock) -> MemberCopy:
    """A member of the water office with 70 points from two deeds."""
    unit = a_unit()
    points.know_units(unit)
    member = points.member_of(unit)
    points.set_rule(community, 35, TODAY)
    for title in ("一床厚棉被", "一副老花镜"):
        points.confirm(community.id, member.id, title=title)
        simulated_clock.set(clock.now() + timedelta(hours=1))
    return member


def recognitions(points: Points, by: Actor = WORKER) -> dict[Threshold, RecognitionView]:
    query = ListRecognitions(by=by, below=COMMUNITY, year=2026)
    listed = points.workshop.read(query, queries.list_recognitions).items
    return {each.threshold: each for each in listed}


def nominate(points: Points, recognition_id: UUID, by: Actor = WORKER, merits: str = "照顾孤寡老人") -> UUID:
    command = NominateOutstanding(by=by, recognition_id=recognition_id, merits=merits)
    nomination_id = points.workshop.run(command, usecases.nominate_outstanding).id
    assert nomination_id is not None
    return nomination_id


def outstanding(points: Points) -> UUID:
    return recognitions(points)[Threshold.OUTSTANDING].id


def approve(points: Points, nomination_id: UUID, by: Actor = OF_THE_STREET) -> None:
    command = ApproveNomination(by=by, nomination_id=nomination_id)
    points.workshop.run(command, usecases.approve_nomination)


def decline(points: Points, nomination_id: UUID, by: Actor = OF_THE_STREET, reason: str = "名额已满") -> None:
    command = DeclineNomination(by=by, nomination_id=nomination_id, reason=reason)
    points.workshop.run(command, usecases.decline_nomination)


def paper(points: Points, recognition_id: UUID, by: Actor = WORKER) -> RecognitionPaper:
    query = GetRecognition(by=by, recognition_id=recognition_id)
    return points.workshop.read(query, partial(queries.get_recognition, now=clock.now()))


def test_a_community_proposes_and_the_street_decides(points: Points, member: MemberCopy) -> None:
    nomination_id = nominate(points, outstanding(points))
    (told,) = points.told("outstanding_nominated.v1")
    assert (told["area_path"], told["year"]) == (STREET, 2026)
    approve(points, nomination_id)
    (decided,) = points.told("nomination_decided.v1")
    assert (decided["member_id"], decided["unit_id"]) == (str(member.id), str(member.unit_id))
    assert decided["is_approved"]
    assert recognitions(points)[Threshold.OUTSTANDING].nomination is NominationState.APPROVED


def test_it_is_proposed_and_decided_once_a_year(points: Points, member: MemberCopy) -> None:
    recognition_id = outstanding(points)
    nomination_id = nominate(points, recognition_id)
    decline(points, nomination_id)
    with pytest.raises(AlreadyNominated):
        nominate(points, recognition_id)
    for decide in (approve, decline):
        with pytest.raises(IllegalMove):
            decide(points, nomination_id)
    query = ListNominations(by=WORKER, below=COMMUNITY, year=2026, state=NominationState.DECLINED)
    (kept,) = points.workshop.read(query, queries.list_nominations).items
    assert (kept.merits, kept.decision, kept.member_id) == ("照顾孤寡老人", "名额已满", member.id)


def test_only_who_reached_the_mark_is_proposed(points: Points, member: MemberCopy) -> None:
    with pytest.raises(NotOutstanding):
        nominate(points, recognitions(points)[Threshold.STAR].id)
    with pytest.raises(UnknownRecognition):
        nominate(points, new_id())
    with pytest.raises(ReasonMissing):
        nominate(points, outstanding(points), merits=" ")


def test_a_community_does_not_decide_its_own_proposal(points: Points, member: MemberCopy) -> None:
    nomination_id = nominate(points, outstanding(points), by=OF_THE_STREET)
    for caller in (WORKER, OF_THE_COMMUNITY):
        with pytest.raises(NotPermitted):
            approve(points, nomination_id, caller)
    with pytest.raises(SecondPersonNeeded):
        approve(points, nomination_id, OF_THE_STREET)
    with pytest.raises(UnknownNomination):
        approve(points, new_id())
    with pytest.raises(SignInNeeded):
        decline(points, nomination_id, ANYONE)
    approve(points, nomination_id, OFFICER)


def test_nobody_proposes_or_commends_themselves(points: Points, member: MemberCopy) -> None:
    recognition_id = outstanding(points)
    with pytest.raises(OwnMatter):
        nominate(
            points, recognition_id, Actor(account_id=new_id(), member_id=member.id, grants=WORKER.grants)
        )
    nomination_id = nominate(points, recognition_id)
    with pytest.raises(OwnMatter):
        approve(points, nomination_id, Actor(member_id=member.id, grants=OFFICER.grants))


def test_the_paper_says_who_for_what_and_to_whom_it_goes(points: Points, member: MemberCopy) -> None:
    said = paper(points, recognitions(points)[Threshold.LETTER].id)
    assert (said.member_name, said.unit_name, said.points) == ("王小明", "水务局", 35)
    assert [(deed.title, deed.points) for deed in said.deeds] == [("一床厚棉被", 35)]
    assert said.community_name
    assert said.street_name
    looks = points.rows("SELECT actor, action FROM points.audit")
    assert looks == [(str(WORKER.account_id), "read_recognition")]


def test_only_those_who_may_open_names_have_the_paper(points: Points, member: MemberCopy) -> None:
    recognition_id = outstanding(points)
    for caller, refusal in ((GRID, NotPermitted), (ANYONE, SignInNeeded)):
        with pytest.raises(refusal):
            paper(points, recognition_id, caller)
        with pytest.raises(refusal):
            nominate(points, recognition_id, caller)
        with pytest.raises(refusal):
            points.workshop.read(
                ListNominations(by=caller, below=COMMUNITY, year=2026), queries.list_nominations
            )


def test_recognitions_are_listed_by_threshold(points: Points, member: MemberCopy) -> None:
    query = ListRecognitions(by=OFFICER, below=STREET, year=2026, threshold=Threshold.STAR)
    (listed,) = points.workshop.read(query, queries.list_recognitions).items
    assert (listed.member_id, listed.threshold) == (member.id, Threshold.STAR)
