"""Members on a real database: registering many, bringing up to date, letting go, and who may."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from eventlet import GreenPool
from sqlalchemy import update

from services.chassis.refusals import Malformed, NotPermitted, Refusal
from services.chassis.rights import ANYONE, Actor
from services.chassis.work import Workshop
from services.directory import queries, usecases
from services.directory.contracts import (
    AddMembers,
    AddUnits,
    AmbiguousCommunity,
    ChangeAreaSettings,
    ChangeMemberPhone,
    ListMembers,
    ListUnits,
    MemberElsewhere,
    MemberKind,
    MembersChanged,
    NewMember,
    NewUnit,
    PhoneTaken,
    RemoveMember,
    RepeatedPhone,
    TooManyAtOnce,
    UnknownArea,
    UnknownCommunity,
    UnknownMember,
    UnknownUnit,
    UnusableEmail,
    UnusableName,
    UnusablePhone,
    UnusableSkills,
)
from services.directory.models import Member
from tests.support.directory import (
    CHENZHOU,
    CITY,
    DISTRICT,
    JIANZHONG,
    MAY_REACH,
    OPERATOR,
    PLACES_OF_RIGHTS,
    SAME_NAME,
    WENCHANG,
    WENMING,
    ZHONGZHOU,
    a_city,
    a_member,
    announced,
    count,
    officer_at,
    refused,
    register,
    register_units,
    worker_at,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")


def test_a_member_registers_with_unit_and_community(workshop: Workshop) -> None:
    areas = a_city(workshop)
    (unit,) = register_units(workshop, areas[CITY], NewUnit(name="川汇区人社局")).items
    member = a_member(
        unit_name="川汇区人社局",
        community_name="文明社区",
        skills=("水电维修", " 水电维修 "),
        email="p@example.com",
    )
    assert register(workshop, areas[CITY], member).added == 1
    (copy,) = announced(workshop, MembersChanged)[-1].members
    assert (copy.unit_id, copy.community_id, copy.area_path) == (unit.id, areas[WENMING].id, WENMING)
    assert (copy.skills, copy.kind, copy.version) == (("水电维修",), MemberKind.PARTY_MEMBER, 1)
    opened = [workshop.seals.open(text) for text in (copy.name, copy.phone, copy.email or "")]
    assert opened == ["彭彤", "+8613812345678", "p@example.com"]


def test_registering_again_counts_as_up_to_date_and_tells_nothing(workshop: Workshop) -> None:
    areas = a_city(workshop)
    member = a_member(community_name="文明社区", skills=("理发",))
    register(workshop, areas[CITY], member)
    again = register(workshop, areas[CITY], member, a_member(phone="138 1234 5679", name="李翔"))
    assert (again.added, again.updated) == (1, 1)
    assert [len(event.members) for event in announced(workshop, MembersChanged)] == [1, 1]


def test_what_is_not_stated_stays_as_it_is(workshop: Workshop) -> None:
    areas = a_city(workshop)
    stated = a_member(
        community_name="文明社区", kind=MemberKind.VOLUNTEER, skills=("理发",), email="p@example.com"
    )
    register(workshop, areas[CITY], stated)
    register(workshop, areas[CITY], a_member(name="彭彤彤"))
    (first, second) = [event.members[0] for event in announced(workshop, MembersChanged)]
    assert (second.id, second.version) == (first.id, 2)
    assert workshop.seals.open(second.name) == "彭彤彤"
    assert (second.kind, second.skills, second.community_id, second.email) == (
        first.kind,
        first.skills,
        first.community_id,
        first.email,
    )


def test_who_registers_at_a_community_lives_there(workshop: Workshop) -> None:
    areas = a_city(workshop)
    register(workshop, areas[WENMING], a_member())
    assert announced(workshop, MembersChanged)[-1].members[0].area_path == WENMING


def test_a_member_without_a_home_is_in_the_care_of_who_registered_them_until_taken_in(
    workshop: Workshop,
) -> None:
    areas = a_city(workshop)
    register(workshop, areas[CHENZHOU], a_member(), by=officer_at(CHENZHOU))
    assert announced(workshop, MembersChanged)[-1].members[0].area_path == "/"
    listed = workshop.read(
        ListMembers(by=officer_at(CHENZHOU), area_id=areas[CHENZHOU].id), queries.list_members
    )
    assert len(listed.items) == 1
    with refused(MemberElsewhere, where="#1 "):
        register(workshop, areas[WENCHANG], a_member(), by=officer_at(WENCHANG))
    register(workshop, areas[WENMING], a_member(), by=worker_at(WENMING))
    assert announced(workshop, MembersChanged)[-1].members[0].area_path == WENMING


def test_a_member_at_home_elsewhere_is_not_changed_until_that_community_lets_them_go(
    workshop: Workshop,
) -> None:
    areas = a_city(workshop)
    register(workshop, areas[WENMING], a_member(), by=worker_at(WENMING))
    (member,) = announced(workshop, MembersChanged)[-1].members
    with refused(MemberElsewhere):
        register(workshop, areas[ZHONGZHOU], a_member(name="别名"), by=worker_at(ZHONGZHOU))
    removal = RemoveMember(by=worker_at(WENMING), member_id=member.id)
    workshop.run(removal, usecases.remove_member)
    register(workshop, areas[ZHONGZHOU], a_member(), by=worker_at(ZHONGZHOU))
    moved = announced(workshop, MembersChanged)[-1].members[0]
    assert (moved.id, moved.area_path, moved.is_active, moved.version) == (member.id, ZHONGZHOU, True, 3)


def test_the_district_moves_a_member_between_its_communities(workshop: Workshop) -> None:
    areas = a_city(workshop)
    register(workshop, areas[WENMING], a_member())
    register(workshop, areas[DISTRICT], a_member(community_name="中州社区"), by=officer_at(DISTRICT))
    assert announced(workshop, MembersChanged)[-1].members[0].area_path == ZHONGZHOU


def test_communities_of_one_name_are_told_apart_by_street_or_path(workshop: Workshop) -> None:
    areas = a_city(workshop)
    with refused(AmbiguousCommunity, where="#1 "):
        register(workshop, areas[CITY], a_member(community_name="建中社区"))
    register(workshop, areas[CITY], a_member(community_name="陈州街道建中社区"))
    assert announced(workshop, MembersChanged)[-1].members[0].area_path == SAME_NAME
    register(workshop, areas[CITY], a_member(community_name=JIANZHONG))
    assert announced(workshop, MembersChanged)[-1].members[0].area_path == JIANZHONG
    register(workshop, areas[WENCHANG], a_member(community_name="建中社区"))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"unit_name": "没有的单位"}, UnknownUnit),
        ({"community_name": "没有的社区"}, UnknownCommunity),
        ({"community_name": "中州社区"}, UnknownCommunity),  # in another street
        ({"name": ""}, UnusableName),
        ({"name": "***"}, UnusableName),
        ({"phone": "1381234567"}, UnusablePhone),
        ({"phone": "88123456"}, UnusablePhone),
        ({"phone": "13812345678 13912345678"}, UnusablePhone),
        ({"email": "nobody"}, UnusableEmail),
        ({"skills": tuple(f"特长{number}" for number in range(21))}, UnusableSkills),
        ({"willingness": ("愿" * 41,)}, UnusableSkills),
        ({"phone": "13900000000"}, RepeatedPhone),
    ],
)
def test_a_member_that_cannot_be_is_refused_with_the_row_and_nobody_is_added(
    workshop: Workshop, changes: dict[str, object], refusal: type[Refusal]
) -> None:
    areas = a_city(workshop)
    with refused(refusal, where="#2 "):
        register(workshop, areas[WENCHANG], a_member(phone="13900000000"), a_member(**changes))
    assert count(workshop, "member") == 0


def test_the_area_code_of_the_area_completes_a_local_number(workshop: Workshop) -> None:
    areas = a_city(workshop)
    change = ChangeAreaSettings(by=OPERATOR, area_id=areas[CITY].id, settings={"area_code": "0394"})
    workshop.run(change, usecases.change_area_settings)
    register(workshop, areas[WENMING], a_member(phone="8812345"))
    assert workshop.seals.open(announced(workshop, MembersChanged)[-1].members[0].phone) == "+863948812345"


def test_more_than_two_thousand_at_once_are_refused(workshop: Workshop) -> None:
    areas = a_city(workshop)
    with refused(TooManyAtOnce, limit=2_000):
        register(workshop, areas[CITY], *[a_member()] * 2_001)
    with refused(TooManyAtOnce, limit=2_000):
        register_units(workshop, areas[CITY], *[NewUnit(name="同一单位")] * 2_001)


def test_two_thousand_members_are_told_five_hundred_at_a_time(workshop: Workshop) -> None:
    areas = a_city(workshop)
    many = [a_member(phone=f"139{number:08d}", community_name="文明社区") for number in range(2_000)]
    assert register(workshop, areas[CITY], *many).added == 2_000
    assert [len(event.members) for event in announced(workshop, MembersChanged)] == [500] * 4
    assert register(workshop, areas[CITY], *many).updated == 2_000
    assert len(announced(workshop, MembersChanged)) == 4


@pytest.mark.parametrize("relation", PLACES_OF_RIGHTS)
def test_people_are_managed_in_ones_own_area_and_below(workshop: Workshop, relation: str) -> None:
    areas = a_city(workshop)
    place, target = PLACES_OF_RIGHTS[relation]
    register(workshop, areas[target], a_member())
    (member,) = announced(workshop, MembersChanged)[-1].members
    by = worker_at(place)
    for request, answer in (
        (ListMembers(by=by, area_id=areas[target].id), queries.list_members),
        (ListUnits(by=by, area_id=areas[target].id), queries.list_units),
    ):
        if MAY_REACH[relation]:
            workshop.read(request, answer)  # type: ignore[arg-type]
        else:
            with refused(NotPermitted):
                workshop.read(request, answer)  # type: ignore[arg-type]
    for command, usecase in (
        (AddMembers(by=by, area_id=areas[target].id, members=[]), usecases.add_members),
        (AddUnits(by=by, area_id=areas[target].id, units=[]), usecases.add_units),
        (ChangeMemberPhone(by=by, member_id=member.id, phone="13900000001"), usecases.change_member_phone),
        (RemoveMember(by=by, member_id=member.id), usecases.remove_member),
    ):
        if MAY_REACH[relation]:
            workshop.run(command, usecase)  # type: ignore[arg-type]
        else:
            with refused(NotPermitted):
                workshop.run(command, usecase)  # type: ignore[arg-type]


def test_nobody_without_the_right_sees_or_changes_people(workshop: Workshop) -> None:
    areas = a_city(workshop)
    member = Actor(member_id=uuid4())
    for by in (ANYONE, member):
        with pytest.raises(Refusal):
            register(workshop, areas[WENMING], a_member(), by=by)
        with pytest.raises(Refusal):
            workshop.read(ListMembers(by=by, area_id=areas[WENMING].id), queries.list_members)


def test_a_removed_member_stays_as_one_who_left(workshop: Workshop) -> None:
    areas = a_city(workshop)
    register(workshop, areas[WENMING], a_member())
    (member,) = announced(workshop, MembersChanged)[-1].members
    removal = RemoveMember(by=OPERATOR, member_id=member.id)
    workshop.run(removal, usecases.remove_member)
    workshop.run(removal, usecases.remove_member)
    told = announced(workshop, MembersChanged)
    assert [event.members[0].is_active for event in told] == [True, False]
    query = ListMembers(by=OPERATOR, area_id=areas[CITY].id)
    assert workshop.read(query, queries.list_members).items == []
    with_left = ListMembers(by=OPERATOR, area_id=areas[CITY].id, with_left=True)
    assert [one.is_active for one in workshop.read(with_left, queries.list_members).items] == [False]
    with refused(UnknownMember):
        workshop.run(RemoveMember(by=OPERATOR, member_id=uuid4()), usecases.remove_member)


def test_a_new_phone_keeps_the_member(workshop: Workshop) -> None:
    areas = a_city(workshop)
    register(workshop, areas[WENMING], a_member(), a_member(phone="13900000000", name="李翔"))
    member, other = announced(workshop, MembersChanged)[-1].members
    change = ChangeMemberPhone(by=OPERATOR, member_id=member.id, phone="13911111111")
    workshop.run(change, usecases.change_member_phone)
    (changed,) = announced(workshop, MembersChanged)[-1].members
    assert (changed.id, workshop.seals.open(changed.phone)) == (member.id, "+8613911111111")
    for phone, refusal in (("13900000000", PhoneTaken), ("12345", UnusablePhone)):
        with refused(refusal):
            again = ChangeMemberPhone(by=OPERATOR, member_id=member.id, phone=phone)
            workshop.run(again, usecases.change_member_phone)
    assert other.version == 1


def test_members_are_listed_masked_page_by_page(workshop: Workshop) -> None:
    areas = a_city(workshop)
    (unit,) = register_units(workshop, areas[CITY], NewUnit(name="人社局")).items
    many = [
        a_member(phone=f"139{number:08d}", unit_name="人社局" if number % 2 else None) for number in range(5)
    ]
    register(workshop, areas[WENMING], *many)
    query = ListMembers(by=OPERATOR, area_id=areas[CITY].id, limit=3)
    first = workshop.read(query, queries.list_members)
    second = workshop.read(
        ListMembers(by=OPERATOR, area_id=areas[CITY].id, limit=3, after=first.next), queries.list_members
    )
    assert [len(first.items), len(second.items), second.next] == [3, 2, None]
    one = first.items[1]
    assert (one.name, one.phone, one.unit_name, one.community_name) == (
        "彭*",
        "***0001",
        "人社局",
        "文明社区",
    )
    of_unit = ListMembers(by=OPERATOR, area_id=areas[CITY].id, unit_id=unit.id)
    assert len(workshop.read(of_unit, queries.list_members).items) == 2
    with refused(Malformed):
        workshop.read(ListMembers(by=OPERATOR, area_id=areas[CITY].id, after="x"), queries.list_members)
    with refused(UnknownArea):
        workshop.read(ListMembers(by=OPERATOR, area_id=uuid4()), queries.list_members)


def test_a_sign_in_under_way_is_not_forgotten_when_the_member_is_brought_up_to_date(
    workshop: Workshop,
) -> None:
    areas = a_city(workshop)
    register(workshop, areas[WENMING], a_member())
    with workshop.open() as work:
        work.session.execute(update(Member).values(signed_in_at=datetime(2026, 11, 2, tzinfo=UTC)))
    register(workshop, areas[WENMING], a_member(name="彭彤彤"))
    assert count(workshop, "member", "signed_in_at IS NOT NULL AND version = 2") == 1


def test_the_same_newcomer_registered_at_five_counters_at_once_is_one_member(workshop: Workshop) -> None:
    areas = a_city(workshop)
    counters = GreenPool()
    for written in (
        "13900000000",
        "+86 139-0000-0000",
        "139 0000 0000",
        "１３９００００００００",
        "139-00000000",
    ):
        counters.spawn(register, workshop, areas[WENMING], NewMember(name="甲", phone=written))
    counters.waitall()
    assert count(workshop, "member") == 1
