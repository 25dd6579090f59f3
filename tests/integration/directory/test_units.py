"""Units on a real database: the tree they form, the streets they report to, and who may change them."""

import pytest

from services.chassis.refusals import Refusal
from services.chassis.rights import Role
from services.chassis.work import Workshop
from services.directory import queries
from services.directory.contracts import (
    AccountsChanged,
    ListUnits,
    NewUnit,
    RepeatedUnit,
    UnitAboveItself,
    UnitElsewhere,
    UnitKind,
    UnitsChanged,
    UnknownStreet,
    UnknownUnit,
    UnusableEmail,
    UnusableName,
    UnusablePhone,
)
from tests.support.directory import (
    CHENZHOU,
    CITY,
    DISTRICT,
    OPERATOR,
    WENCHANG,
    WENMING,
    ZHONGZHOU,
    a_city,
    add_account,
    announced,
    count,
    officer_at,
    refused,
    register_units,
    worker_at,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")


def a_unit(**changes: object) -> NewUnit:
    """Return a unit as it registers."""
    return NewUnit(**({"name": "川汇区人社局"} | changes))  # type: ignore[arg-type]


def test_units_form_a_tree_in_whatever_order_they_come(workshop: Workshop) -> None:
    areas = a_city(workshop)
    listed = register_units(
        workshop,
        areas[CITY],
        a_unit(name="第一支部", kind=UnitKind.BRANCH, parent_name="机关党委"),
        a_unit(name="机关党委", parent_name="川汇区人社局"),
        a_unit(
            street_name="文昌街道",
            contact_name="张燕",
            contact_phone="13812345678",
            contact_email="z@example.com",
        ),
    ).items
    branch, committee, bureau = listed
    assert branch.path == f"/{bureau.id}/{committee.id}/{branch.id}/"
    assert (bureau.contact_name, bureau.contact_phone, bureau.contact_email) == (
        "张*",
        "***5678",
        "z***@example.com",
    )
    copies = {copy.id: copy for copy in announced(workshop, UnitsChanged)[0].units}
    assert (copies[bureau.id].street_path, copies[branch.id].street_path) == (WENCHANG, None)


def test_units_added_again_are_brought_up_to_date_however_they_are_spelled(workshop: Workshop) -> None:
    areas = a_city(workshop)
    (first,) = register_units(workshop, areas[CITY], a_unit(name="人社局（本级）", contact_name="张燕")).items
    (same,) = register_units(workshop, areas[CITY], a_unit(name="人社局(本级)", contact_name="张燕")).items
    assert same == first
    assert len(announced(workshop, UnitsChanged)) == 1
    (third,) = register_units(workshop, areas[CITY], a_unit(name="人社局(本级)", kind=UnitKind.SOCIAL)).items
    assert (third.id, third.kind, third.contact_name) == (first.id, UnitKind.SOCIAL, "张*")
    assert announced(workshop, UnitsChanged)[-1].units[0].version == 2


def test_a_moved_unit_takes_along_those_below_and_their_officers(workshop: Workshop) -> None:
    areas = a_city(workshop)
    bureau, branch, other = register_units(
        workshop,
        areas[WENCHANG],
        a_unit(),
        a_unit(name="第一支部", parent_name="川汇区人社局"),
        a_unit(name="工会"),
    ).items
    add_account(workshop, "branch-officer", role=Role.UNIT_OFFICER, unit_id=branch.id)
    register_units(workshop, areas[WENCHANG], a_unit(parent_name="工会"))
    moved = {copy.id: copy for copy in announced(workshop, UnitsChanged)[-1].units}
    assert moved[branch.id].path == f"/{other.id}/{bureau.id}/{branch.id}/"
    assert moved.keys() == {bureau.id, branch.id}
    account = announced(workshop, AccountsChanged)[-1].accounts[0]
    assert (account.grants[0].scope, account.version) == (moved[branch.id].path, 2)


def test_units_cannot_stand_above_themselves(workshop: Workshop) -> None:
    areas = a_city(workshop)
    with refused(UnitAboveItself):
        register_units(workshop, areas[CITY], a_unit(parent_name="川汇区人社局"))
    with refused(UnitAboveItself):
        register_units(
            workshop, areas[CITY], a_unit(name="甲", parent_name="乙"), a_unit(name="乙", parent_name="甲")
        )
    register_units(workshop, areas[CITY], a_unit(name="甲"), a_unit(name="乙", parent_name="甲"))
    with refused(UnitAboveItself, where="#1 "):
        register_units(workshop, areas[CITY], a_unit(name="甲", parent_name="乙"))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"parent_name": "没有的单位"}, UnknownUnit),
        ({"street_name": "没有的街道"}, UnknownStreet),
        ({"name": " "}, UnusableName),
        ({"contact_name": "…"}, UnusableName),
        ({"contact_phone": "123"}, UnusablePhone),
        ({"contact_email": "@"}, UnusableEmail),
        ({"name": "工 会"}, RepeatedUnit),
    ],
)
def test_a_unit_that_cannot_be_is_refused_with_the_row_and_none_is_added(
    workshop: Workshop, changes: dict[str, object], refusal: type[Refusal]
) -> None:
    areas = a_city(workshop)
    with refused(refusal, where="#2 "):
        register_units(workshop, areas[CITY], a_unit(name="工会"), a_unit(**changes))
    assert count(workshop, "unit") == 0


def test_a_unit_reports_to_the_street_that_registers_it_and_only_that_changes_it(workshop: Workshop) -> None:
    areas = a_city(workshop)
    (unit,) = register_units(workshop, areas[WENCHANG], a_unit(), by=officer_at(WENCHANG)).items
    assert unit.street_id == areas[WENCHANG].id
    for place in (CHENZHOU, WENMING):
        with refused(UnitElsewhere):
            register_units(workshop, areas[place], a_unit(contact_name="外人"), by=officer_at(place))
    with refused(UnitElsewhere):
        register_units(
            workshop, areas[WENMING], a_unit(name="新单位", street_name="文昌街道"), by=worker_at(WENMING)
        )


def test_a_unit_that_reports_nowhere_is_taken_in_by_a_street(workshop: Workshop) -> None:
    areas = a_city(workshop)
    register_units(workshop, areas[WENMING], a_unit(), by=worker_at(WENMING))
    with refused(UnitElsewhere):
        register_units(workshop, areas[ZHONGZHOU], a_unit(contact_name="外人"), by=worker_at(ZHONGZHOU))
    taken_in = a_unit(street_name="陈州街道")
    (unit,) = register_units(workshop, areas[CHENZHOU], taken_in, by=officer_at(CHENZHOU)).items
    assert unit.street_id == areas[CHENZHOU].id


def test_units_are_listed_where_they_report_and_in_the_communities_of_that_street(workshop: Workshop) -> None:
    areas = a_city(workshop)
    register_units(workshop, areas[WENCHANG], *[a_unit(name=f"单位{number}") for number in range(3)])

    def names(place: str, **changes: object) -> list[str]:
        query = ListUnits(by=OPERATOR, area_id=areas[place].id, **changes)  # type: ignore[arg-type]
        return [unit.name for unit in workshop.read(query, queries.list_units).items]

    for place in (CITY, DISTRICT, WENCHANG, WENMING):
        assert names(place) == ["单位0", "单位1", "单位2"]
    assert names(CHENZHOU) == names(ZHONGZHOU) == []
    assert names(CITY, limit=2) == ["单位0", "单位1"]
    assert names(CITY, after="单位1") == ["单位2"]
    assert names(CITY, name="单 位1") == ["单位1"]
