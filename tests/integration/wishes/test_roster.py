"""The roster: who is on it and why, re-checked every month, taken off with a reason."""

from datetime import date
from typing import Any

import pytest

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.refusals import Malformed, NotPermitted
from services.wishes import contracts, queries, usecases
from services.wishes.contracts import (
    Hardship,
    HardshipNeeded,
    NotOnRoster,
    ReasonNeeded,
    ResidentsChanged,
    Roster,
    RosterEntryView,
    UnknownCommunity,
)
from tests.support.wishes import (
    COMMUNITY,
    FAR_COMMUNITY,
    NEIGHBOUR,
    STREET,
    Desk,
    Place,
    a_resident,
    a_worker,
    id_of,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")


def _put(desk: Desk, place: Place = COMMUNITY, **changes: Any) -> RosterEntryView:
    resident = a_resident(**{"hardship": (Hardship.EMPTY_NEST,)} | changes)
    command = contracts.PutOnRoster(by=a_worker(place), community_id=place.id, resident=resident)
    entry: RosterEntryView = desk.do(command, usecases.put_on_roster)
    return entry


def _check(desk: Desk, entry: RosterEntryView, *, still: bool, reason: str = "", **by: Any) -> None:
    command = contracts.CheckRosterEntry(
        **{"by": a_worker()} | by,
        resident_id=entry.resident_id,
        still_in_hardship=still,
        reason=reason,
    )
    desk.do(command, usecases.check_roster_entry)


def _list(desk: Desk, place: Place = STREET, **wanted: Any) -> Roster:
    query = contracts.ListRoster(by=a_worker(place), area_id=place.id, **wanted)
    page: Roster = desk.ask(query, queries.list_roster, now=clock.now())
    return page


def test_somebody_is_put_on_the_roster_masked(desk: Desk) -> None:
    entry = _put(desk, age=81, hardship=(Hardship.EMPTY_NEST, Hardship.ILL))
    assert (entry.name, entry.phone, entry.age) == ("彭**", "***5678", 81)
    assert entry.hardship == (Hardship.EMPTY_NEST, Hardship.ILL)
    assert (entry.last_checked_on, entry.is_due) == (date(2026, 11, 2), False)
    assert _list(desk).items == [entry]


def test_a_resident_who_wished_before_is_the_same_person(desk: Desk) -> None:
    desk.submit()
    _put(desk)
    _put(desk, hardship=(Hardship.DISABLED,))
    assert len(desk.rows("SELECT FROM wishes.resident")) == 1
    (entry,) = _list(desk).items
    assert entry.hardship == (Hardship.DISABLED,)
    assert desk.announced(ResidentsChanged)[-1].residents[0].version == 3


def test_nobody_is_on_the_roster_for_nothing(desk: Desk) -> None:
    with pytest.raises(HardshipNeeded):
        _put(desk, hardship=())
    with pytest.raises(UnknownCommunity):
        _put(desk, STREET)


def test_every_month_each_entry_is_due_for_a_new_look(desk: Desk, simulated_clock: SimulatedClock) -> None:
    checked, forgotten = _put(desk, name="彭桂兰"), _put(desk, name="李小虎")
    assert _list(desk, due=True).items == []
    simulated_clock.set(simulated_clock.now().replace(month=12, day=1))
    assert len(_list(desk, due=True).items) == 2
    _check(desk, checked, still=True)
    assert [entry.resident_id for entry in _list(desk, due=True).items] == [forgotten.resident_id]
    assert len(_list(desk).items) == 2


def test_who_is_no_longer_in_hardship_leaves_with_a_reason_and_may_come_back(desk: Desk) -> None:
    entry = _put(desk)
    with pytest.raises(ReasonNeeded):
        _check(desk, entry, still=False)
    _check(desk, entry, still=False, reason="子女已接走同住")
    assert _list(desk).items == []
    with pytest.raises(NotOnRoster):
        _check(desk, entry, still=True)
    _put(desk)
    assert [found.resident_id for found in _list(desk).items] == [entry.resident_id]
    looks = desk.rows("SELECT is_in_hardship FROM wishes.roster_check ORDER BY id")
    assert [look[0] for look in looks] == [True, False, True]


def test_the_roster_of_an_area_holds_its_subtree_only(desk: Desk) -> None:
    entry = _put(desk, COMMUNITY)
    _put(desk, FAR_COMMUNITY)
    assert [found.resident_id for found in _list(desk, STREET).items] == [entry.resident_id]
    with pytest.raises(NotPermitted):
        _check(desk, entry, still=True, by=a_worker(NEIGHBOUR))
    with pytest.raises(NotOnRoster):
        _check(desk, RosterEntryView(**_fields(entry) | {"resident_id": id_of("nobody")}), still=True)


def _fields(entry: RosterEntryView) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__struct_fields__}


def test_a_long_roster_is_read_page_by_page(desk: Desk) -> None:
    entries = [_put(desk, name=name).resident_id for name in ("甲一", "乙二", "丙三", "丁四", "戊五")]
    first = _list(desk, limit=2)
    second = _list(desk, limit=2, after=first.next)
    third = _list(desk, limit=2, after=second.next)
    pages = [entry.resident_id for page in (first, second, third) for entry in page.items]
    assert (pages, third.next) == (entries, None)
    with pytest.raises(Malformed):
        _list(desk, after="x")
