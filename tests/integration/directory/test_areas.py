"""The tree of areas on a real database: adding, inheriting, listing, and who may."""

import pytest

from services.chassis.refusals import NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE
from services.chassis.work import Workshop
from services.directory import queries, usecases
from services.directory.contracts import (
    AddAreas,
    AreaKind,
    AreasChanged,
    AreaView,
    ChangeAreaSettings,
    ListAreas,
    NewArea,
    RenameArea,
    TooManyAtOnce,
    UnknownArea,
    UnknownSetting,
    UnusableCode,
    UnusableName,
    WrongParent,
)
from tests.support.directory import (
    CITY,
    DISTRICT,
    JIANZHONG,
    MAY_REACH,
    NAMES,
    OPERATOR,
    PLACES_OF_RIGHTS,
    SAME_NAME,
    WENCHANG,
    WENMING,
    ZHONGZHOU,
    a_city,
    an_area,
    announced,
    count,
    officer_at,
    refused,
    worker_at,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")


def set_settings(workshop: Workshop, area: AreaView, **settings: object) -> AreaView:
    """Change settings of an area."""
    command = ChangeAreaSettings(by=OPERATOR, area_id=area.id, settings=settings)
    changed: AreaView = workshop.run(command, usecases.change_area_settings)
    return changed


def paths(workshop: Workshop, **query: object) -> list[str]:
    """Return the paths of the areas that a query lists."""
    return [area.path for area in workshop.read(ListAreas(**query), queries.list_areas).items]  # type: ignore[arg-type]


def test_a_city_is_added_and_told(workshop: Workshop) -> None:
    areas = a_city(workshop)
    (event,) = announced(workshop, AreasChanged)
    assert [copy.path for copy in event.areas] == list(NAMES)
    assert {copy.release_scope_id for copy in event.areas} == {areas[CITY].id}
    assert event.areas[0].settings.release_rule == "first_saturday"


def test_adding_the_same_areas_again_changes_and_tells_nothing(workshop: Workshop) -> None:
    first = a_city(workshop)
    again = workshop.run(
        AddAreas(
            by=OPERATOR, areas=[an_area(WENMING, name="别名社区"), an_area("/zhoukou/new/", kind="district")]
        ),
        usecases.add_areas,
    )
    assert again.items[0] == first[WENMING]
    assert [copy.path for copy in announced(workshop, AreasChanged)[-1].areas] == ["/zhoukou/new/"]
    a_city(workshop)
    assert len(announced(workshop, AreasChanged)) == 2


def test_areas_without_a_code_are_known_by_name_or_numbered(workshop: Workshop) -> None:
    a_city(workshop)
    new = [
        NewArea(kind=AreaKind.COMMUNITY, name="文明社区", parent_path=WENCHANG),
        NewArea(kind=AreaKind.COMMUNITY, name="新城社区", parent_path=WENCHANG),
        NewArea(kind=AreaKind.COMMUNITY, name="福民社区", parent_path=WENCHANG),
        NewArea(kind=AreaKind.COMMUNITY, name="新城社区", parent_path=WENCHANG),
    ]
    added = workshop.run(AddAreas(by=OPERATOR, areas=new), usecases.add_areas)
    assert [area.path for area in added.items] == [
        WENMING,
        f"{WENCHANG}01/",
        f"{WENCHANG}02/",
        f"{WENCHANG}01/",
    ]


def test_two_thousand_areas_are_told_five_hundred_at_a_time(workshop: Workshop) -> None:
    a_city(workshop)
    many = [an_area(f"{WENCHANG}{number}/", name=f"演练第 {number} 社区") for number in range(1_201)]
    workshop.run(AddAreas(by=OPERATOR, areas=many), usecases.add_areas)
    assert [len(event.areas) for event in announced(workshop, AreasChanged)[1:]] == [500, 500, 201]


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        (an_area("/elsewhere/", kind=AreaKind.DISTRICT), WrongParent),
        (an_area(f"{WENMING}below/", kind=AreaKind.COMMUNITY), WrongParent),
        (an_area(f"{WENMING}below/", kind=AreaKind.STREET), WrongParent),
        (an_area(f"{CITY}below/", kind=AreaKind.CITY), WrongParent),
        (an_area("/nowhere/below/"), UnknownArea),
        (an_area(WENMING, code="Wenming"), UnusableCode),
        (an_area(WENMING, code="a/b"), UnusableCode),
        (an_area(WENMING, code="文明"), UnusableCode),
        (an_area(WENMING, code="a" * 41), UnusableCode),
        (an_area(WENMING, name=" "), UnusableName),
        (an_area(WENMING, name="—"), UnusableName),
        (an_area(WENMING, name="长" * 101), UnusableName),
    ],
)
def test_an_area_that_cannot_be_is_refused_and_nothing_is_added(
    workshop: Workshop, wrong: NewArea, refusal: type[UnknownArea]
) -> None:
    a_city(workshop)
    command = AddAreas(by=OPERATOR, areas=[an_area(f"{WENCHANG}right/"), wrong])
    with refused(refusal, where="#2 "):
        workshop.run(command, usecases.add_areas)
    assert count(workshop, "area") == len(NAMES)


def test_levels_may_be_left_out(workshop: Workshop) -> None:
    new = [
        an_area(CITY),
        an_area("/zhoukou/one/", kind=AreaKind.COMMUNITY),
        an_area("/zhoukou/one/x/", kind="station"),
    ]
    added = workshop.run(AddAreas(by=OPERATOR, areas=new), usecases.add_areas)
    assert [area.kind for area in added.items] == [AreaKind.CITY, AreaKind.COMMUNITY, AreaKind.STATION]


def test_more_than_five_thousand_areas_are_refused(workshop: Workshop) -> None:
    with refused(TooManyAtOnce, limit=5_000):
        workshop.run(AddAreas(by=OPERATOR, areas=[an_area(CITY)] * 5_001), usecases.add_areas)


@pytest.mark.parametrize("relation", PLACES_OF_RIGHTS)
def test_an_officer_changes_settings_of_their_own_area_and_below(workshop: Workshop, relation: str) -> None:
    areas = a_city(workshop)
    place, target = PLACES_OF_RIGHTS[relation]
    commands = (
        (
            ChangeAreaSettings(by=officer_at(place), area_id=areas[target].id, settings={}),
            usecases.change_area_settings,
        ),
        (RenameArea(by=officer_at(place), area_id=areas[target].id, name="新名"), usecases.rename_area),
        (
            AddAreas(by=officer_at(place), areas=[an_area(f"{target}x/", kind=AreaKind.STATION)]),
            usecases.add_areas,
        ),
    )
    for command, usecase in commands:
        if MAY_REACH[relation]:
            workshop.run(command, usecase)  # type: ignore[arg-type]
        else:
            with refused(NotPermitted):
                workshop.run(command, usecase)  # type: ignore[arg-type]


def test_only_officers_change_the_tree(workshop: Workshop) -> None:
    areas = a_city(workshop)
    command = ChangeAreaSettings(by=worker_at(WENMING), area_id=areas[WENMING].id, settings={})
    with refused(NotPermitted):
        workshop.run(command, usecases.change_area_settings)
    with refused(SignInNeeded):
        workshop.run(AddAreas(by=ANYONE, areas=[]), usecases.add_areas)
    with refused(NotPermitted):
        workshop.run(
            AddAreas(by=officer_at(CITY), areas=[an_area("/second/", kind=AreaKind.CITY)]), usecases.add_areas
        )


def test_settings_are_inherited_overridden_and_returned(workshop: Workshop) -> None:
    areas = a_city(workshop)
    set_settings(workshop, areas[CITY], value_ceiling=500, open_claims=5)
    set_settings(workshop, areas[WENCHANG], value_ceiling=200)
    (community,) = workshop.read(ListAreas(below=WENMING), queries.list_areas).items
    assert (community.settings.value_ceiling, community.settings.open_claims) == (200, 5)
    assert community.own_settings == {}
    returned = set_settings(workshop, areas[WENCHANG], value_ceiling=None)
    assert (returned.settings.value_ceiling, returned.own_settings) == (500, {})


def test_a_change_of_settings_is_told_of_the_whole_subtree_with_higher_versions(workshop: Workshop) -> None:
    areas = a_city(workshop)
    set_settings(workshop, areas[WENCHANG], release_rule="manual")
    copies = announced(workshop, AreasChanged)[-1].areas
    assert [copy.path for copy in copies] == sorted([WENCHANG, JIANZHONG, WENMING])
    assert {copy.version for copy in copies} == {2}
    assert {copy.settings.release_rule for copy in copies} == {"manual"}
    assert {copy.release_scope_id for copy in copies} == {areas[WENCHANG].id}


def test_an_unchanged_setting_is_not_told(workshop: Workshop) -> None:
    areas = a_city(workshop)
    set_settings(workshop, areas[CITY], open_claims=4)
    told = len(announced(workshop, AreasChanged))
    set_settings(workshop, areas[CITY], open_claims=4)
    assert len(announced(workshop, AreasChanged)) == told


@pytest.mark.parametrize(
    "unfitting",
    [
        {"unheard_of": 1},
        {"open_claims": 0},
        {"open_claims": "3"},
        {"open_claims": True},
        {"release_rule": "whenever"},
        {"release_at": "9:00"},
        {"release_at": "24:00"},
        {"release_at": "09:00\n"},
        {"holiday_rule": "skip"},
        {"release_rule": "fixed_day"},
        {"fixed_day": 32},
        {"reminder_days": [3, -1]},
        {"letter_points": 40},
        {"area_code": "12345"},
    ],
)
def test_a_setting_that_does_not_fit_is_refused(workshop: Workshop, unfitting: dict[str, object]) -> None:
    areas = a_city(workshop)
    with refused(UnknownSetting):
        set_settings(workshop, areas[CITY], **unfitting)
    assert workshop.read(ListAreas(below=CITY), queries.list_areas).items[0].own_settings == {}


def test_a_setting_that_contradicts_one_below_is_refused(workshop: Workshop) -> None:
    areas = a_city(workshop)
    set_settings(workshop, areas[CITY], fixed_day=5)
    set_settings(workshop, areas[WENCHANG], release_rule="fixed_day")
    with refused(UnknownSetting, setting="fixed_day"):
        set_settings(workshop, areas[CITY], fixed_day=None)


def test_an_area_is_renamed_and_only_it_is_told(workshop: Workshop) -> None:
    areas = a_city(workshop)
    renamed = workshop.run(
        RenameArea(by=OPERATOR, area_id=areas[WENCHANG].id, name="文 昌 办事处"), usecases.rename_area
    )
    (copy,) = announced(workshop, AreasChanged)[-1].areas
    assert (renamed.name, copy.name, copy.version) == ("文昌办事处", "文昌办事处", 2)


def test_anybody_lists_areas_by_place_kind_and_name_page_by_page(workshop: Workshop) -> None:
    a_city(workshop)
    assert paths(workshop) == sorted(NAMES)
    assert paths(workshop, below=WENCHANG, kind=AreaKind.COMMUNITY) == [JIANZHONG, WENMING]
    assert paths(workshop, name="建中社区") == [SAME_NAME, JIANZHONG]
    assert paths(workshop, name="建中") == []
    assert paths(workshop, below="/%/") == []
    first = workshop.read(ListAreas(below=DISTRICT, limit=4), queries.list_areas)
    second = workshop.read(ListAreas(below=DISTRICT, limit=4, after=first.next), queries.list_areas)
    assert [area.path for area in (*first.items, *second.items)] == sorted(set(NAMES) - {CITY})
    assert second.next is None
    assert ZHONGZHOU in {area.path for area in first.items}
