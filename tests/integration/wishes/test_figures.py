"""Figures: counted from what wishes did, and at every level the sum of what is below."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text

from services.chassis import clock
from services.chassis.refusals import NotPermitted
from services.console.invariants import QUERIES
from services.scheduler.contracts import RemindersDue
from services.wishes import contracts, usecases
from services.wishes.contracts import (
    Counts,
    Dimension,
    UnusableFigurePeriod,
)
from services.wishes.domain import WishAction, sum_of
from services.wishes.models import (
    CarryOver,
    Correction,
    Report,
    Resident,
    Tally,
    TallyProgress,
    Wish,
    WishMove,
)
from tests.support.figures import (
    PERIOD,
    carried_over,
    correct,
    figures,
    report,
    sign,
    wishes_written,
    worker_of,
)
from tests.support.together import all_at_once, slowly
from tests.support.wishes import (
    CITY,
    COMMUNITY,
    DISTRICT,
    FAR_COMMUNITY,
    NEIGHBOUR,
    OFFICER,
    PLACES,
    STREET,
    Desk,
    claims_made,
    standing,
)

S, A, C, F = WishAction.SUBMIT, WishAction.ACCEPT, WishAction.CLAIM, WishAction.FULFIL


# -- counting


def test_a_wish_is_counted_in_the_month_of_each_of_its_moves(
    desk: Desk, simulated_clock: clock.SimulatedClock
) -> None:
    receipt = desk.urgent()
    simulated_clock.set(simulated_clock.now() + timedelta(days=35))
    desk.hear(claims_made((receipt.wish_id, standing("taken", 2))), usecases.note_claims)
    november, december = (figures(desk, period=f"2026-{month}").figures for month in (11, 12))
    assert november.total == Counts(submitted=1, accepted=1, released=1)
    assert december.total == Counts(claimed=1)
    year = figures(desk, period="2026").figures
    assert year == figures(desk, period="2026H2").figures == sum_of([november, december])


def test_a_wish_counts_once_in_a_measure_however_often_it_moves(desk: Desk) -> None:
    wishes_written(
        desk, COMMUNITY, (S, A, WishAction.RETURN, WishAction.AMEND, A, C, WishAction.REOPEN, C, F)
    )
    counted = figures(desk).figures
    assert counted.total == Counts(submitted=1, accepted=1, returned=1, claimed=1, fulfilled=1)


def test_counts_are_sorted_by_what_the_wish_and_its_resident_are(desk: Desk) -> None:
    wishes_written(desk, COMMUNITY, (S, A, C), (S,), hardship=["disabled", "living_alone"])
    wishes_written(desk, NEIGHBOUR, (S,), hardship=[], category=None)
    by = figures(desk).figures.by
    assert {value: counts.submitted for value, counts in by[Dimension.HARDSHIP].items()} == {
        "": 1,
        "disabled": 2,
        "living_alone": 2,
    }
    assert {value: counts.submitted for value, counts in by[Dimension.CATEGORY].items()} == {
        "": 1,
        "culture": 2,
    }
    assert by[Dimension.DOER] == {"member": Counts(claimed=1)}
    assert by[Dimension.DOOR] == {"visit": Counts(submitted=3, accepted=1, claimed=1)}


def test_a_release_counts_what_it_carries_over(desk: Desk, simulated_clock: clock.SimulatedClock) -> None:
    desk.screened()
    desk.release("2026-11")
    simulated_clock.set(datetime(2026, 12, 5, 4, tzinfo=UTC))
    desk.release("2026-12")
    assert figures(desk, period="2026-11").figures.total.carried_over == 0
    assert figures(desk, period="2026-12").figures.total == Counts(carried_over=1)


def test_figures_see_what_was_written_since_they_were_last_asked(desk: Desk) -> None:
    wishes_written(desk, COMMUNITY, (S,))
    assert figures(desk).figures.total.submitted == 1
    wishes_written(desk, COMMUNITY, (S, A))
    carried_over(desk, 2)
    assert figures(desk).figures.total == Counts(submitted=2, accepted=1, carried_over=2)
    assert figures(desk).figures.total == Counts(submitted=2, accepted=1, carried_over=2)


def test_what_a_writer_under_way_holds_back_is_counted_when_it_is_through(desk: Desk) -> None:
    """A number is given before its transaction commits: a later one must not make us pass it by."""
    wishes_written(desk, COMMUNITY, (S,))
    with desk.workshop.engine.connect() as writer, writer.begin():
        writer.execute(text("INSERT INTO wishes.carry_over (wish_id, at) SELECT id, now() FROM wishes.wish"))
        wishes_written(desk, NEIGHBOUR, (S,))
        assert figures(desk).figures.total.submitted == 0  # nobody waits for it longer than a moment
    assert figures(desk).figures.total.submitted == 2


def test_readers_at_the_same_moment_count_nothing_twice(desk: Desk) -> None:
    wishes_written(desk, COMMUNITY, *[(S, A)] * 5)
    query = contracts.GetFigures(by=OFFICER, area_id=CITY.id, period=PERIOD)
    desk.workshop.read(query, partial(usecases.look_for_moves, now=clock.now()))
    counting = slowly(partial(usecases.count_moves, now=clock.now()))
    all_at_once(*[lambda: desk.workshop.read(query, counting)] * 4)
    assert figures(desk).figures.total == Counts(submitted=5, accepted=5)


def test_a_large_backlog_is_counted_in_several_transactions(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes_written(desk, COMMUNITY, *[(S, A, C)] * 5)
    monkeypatch.setattr("services.wishes.usecases.counting.MOST_AT_ONCE", 4)
    assert figures(desk).figures.total == Counts(submitted=5, accepted=5, claimed=5)


def test_the_morning_counts_what_was_seen_the_day_before(desk: Desk) -> None:
    wishes_written(desk, COMMUNITY, (S, A))
    for day in (2, 3):
        morning = RemindersDue(on=date(2026, 11, day))
        desk.hear(morning, usecases.count_by_night)
    ((counted,),) = desk.rows("SELECT sum(submitted) FROM wishes.tally WHERE dimension = ''")
    assert counted == 1


def test_only_who_reads_the_ledger_of_a_place_reads_its_figures(desk: Desk) -> None:
    assert figures(desk, COMMUNITY, by=worker_of(COMMUNITY)).area_name == COMMUNITY.name
    with pytest.raises(NotPermitted):
        figures(desk, STREET, by=worker_of(COMMUNITY))


def test_a_period_is_a_month_a_half_year_or_a_year(desk: Desk) -> None:
    for period in ("2026-13", "2026H3", "soon", "2026-10-01", ""):
        with pytest.raises(UnusableFigurePeriod):
            figures(desk, period=period)


# -- the parent is the sum of its children

HISTORIES = st.lists(
    st.sampled_from([(S,), (S, A), (S, A, C), (S, A, C, F), (S, WishAction.DECLINE)]), max_size=4
)
HOMES = (COMMUNITY, NEIGHBOUR, FAR_COMMUNITY, STREET)


def _emptied(desk: Desk) -> None:
    with desk.workshop.open() as work:
        for table in (CarryOver, WishMove, Wish, Resident, Tally, TallyProgress, Report, Correction):
            work.session.execute(delete(table))


def _broken(desk: Desk) -> list[str]:
    with desk.workshop.engine.connect() as connection:
        queries = QUERIES["parents_are_sums"]
        return [said for said, query in queries.items() if connection.execute(text(query)).first()]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(wishes=st.tuples(*[HISTORIES] * len(HOMES)), corrections=st.lists(st.integers(1, 3), max_size=3))
def test_at_every_level_the_parent_is_the_sum_of_its_children(
    desk: Desk, wishes: tuple[list[tuple[WishAction, ...]], ...], corrections: list[int]
) -> None:
    _emptied(desk)
    for place, histories in zip(HOMES, wishes, strict=True):
        wishes_written(desk, place, *histories)
    for place in PLACES:
        view = figures(desk, place)
        lines = [view.own, *(part.total for part in view.parts)]
        assert _added(lines) == view.figures.total
        below = [figures(desk, other).figures for other in PLACES if _is_child(other.path, place.path)]
        whole = sum_of([contracts.Figures(total=view.own), *below])
        assert whole.total == view.figures.total
    for place in (COMMUNITY, NEIGHBOUR):
        sign(desk, place)
    for difference in corrections[:1]:
        correct(desk, COMMUNITY, difference)
    sign(desk, STREET)
    for difference in corrections[1:]:
        correct(desk, NEIGHBOUR, difference)
    sign(desk, DISTRICT)
    own = sum_of([contracts.Figures(total=figures(desk, STREET).own)])
    children = [report(desk, place).corrected for place in (COMMUNITY, NEIGHBOUR)]
    assert report(desk, STREET).corrected.total == sum_of([own, *children]).total
    assert report(desk, DISTRICT).corrected == report(desk, STREET).corrected
    assert _broken(desk) == []


def _is_child(path: str, parent: str) -> bool:
    above = [place.path for place in PLACES if path.startswith(place.path) and place.path != path]
    return bool(above) and max(above, key=len) == parent


def _added(lines: list[Counts]) -> Counts:
    return sum_of([contracts.Figures(total=line) for line in lines]).total


def test_the_invariant_sees_a_tally_that_the_moves_do_not_bear_out(desk: Desk) -> None:
    wishes_written(desk, COMMUNITY, (S, A))
    figures(desk)
    assert _broken(desk) == []
    with desk.workshop.open() as work:
        work.session.execute(text("UPDATE wishes.tally SET submitted = 7 WHERE dimension = ''"))
    assert _broken(desk) != []
