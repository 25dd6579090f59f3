"""Reports: signed from below upwards, corrected in plain sight, reminded of when they are due."""

from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy import text

from services.chassis import clock
from services.chassis.refusals import NotPermitted
from services.scheduler.contracts import RemindersDue
from services.wishes import contracts, queries, usecases
from services.wishes.contracts import (
    AlreadySigned,
    CorrectWhereCounted,
    Counts,
    Dimension,
    FiguresAwaited,
    NotSigned,
    PeriodNotOver,
    ReportsMissing,
    UnusableCorrection,
)
from services.wishes.domain import WishAction
from tests.support.figures import (
    PERIOD,
    correct,
    figures,
    report,
    sign,
    states,
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
)

S, A, C, F = WishAction.SUBMIT, WishAction.ACCEPT, WishAction.CLAIM, WishAction.FULFIL
ALL_BELOW_DISTRICT = (COMMUNITY, NEIGHBOUR, STREET, DISTRICT)


def test_a_street_signs_when_all_its_communities_have(desk: Desk) -> None:
    wishes_written(desk, COMMUNITY, (S, A))
    wishes_written(desk, NEIGHBOUR, (S,))
    sign(desk, COMMUNITY, by=worker_of(COMMUNITY))
    with pytest.raises(ReportsMissing) as refused:
        sign(desk, STREET)
    assert refused.value.arguments == {"missing": 1}
    assert states(desk, STREET) == [
        (STREET.name, False, 1),
        (NEIGHBOUR.name, False, 0),
        (COMMUNITY.name, True, 0),
    ]
    assert [name for name, _, _ in states(desk, STREET, missing=True)] == [STREET.name, NEIGHBOUR.name]
    sign(desk, NEIGHBOUR)
    sign(desk, STREET)
    assert report(desk, STREET).signed.total == Counts(submitted=2, accepted=1)


def test_a_signed_figure_stays_when_something_is_counted_later(desk: Desk) -> None:
    wishes_written(desk, COMMUNITY, (S,))
    sign(desk, COMMUNITY)
    wishes_written(desk, COMMUNITY, (S,))
    seen = report(desk, COMMUNITY)
    assert (seen.signed.total.submitted, seen.counted_now.submitted) == (1, 2)
    with pytest.raises(AlreadySigned):
        sign(desk, COMMUNITY)


def test_a_correction_stands_beside_the_signed_figure_here_and_above(desk: Desk) -> None:
    wishes_written(desk, COMMUNITY, (S, A, C, F))
    for place in ALL_BELOW_DISTRICT:
        sign(desk, place)
    correct(desk, COMMUNITY, 1, breakdown={Dimension.CATEGORY: "culture"}, by=worker_of(COMMUNITY))
    for place in (COMMUNITY, STREET, DISTRICT):
        seen = report(desk, place)
        assert (seen.signed.total.fulfilled, seen.corrected.total.fulfilled) == (1, 2)
        assert seen.corrected.by[Dimension.CATEGORY]["culture"].fulfilled == 2
        (correction,) = seen.corrections
        assert (correction.area_name, correction.difference, correction.reason) == (COMMUNITY.name, 1, "漏报")
        assert correction.by == str(worker_of(COMMUNITY).account_id)


def test_what_was_corrected_before_the_street_signed_is_in_what_it_signs(desk: Desk) -> None:
    wishes_written(desk, COMMUNITY, (S, A, C, F))
    sign(desk, COMMUNITY)
    sign(desk, NEIGHBOUR)
    correct(desk, COMMUNITY, 1)
    sign(desk, STREET)
    seen = report(desk, STREET)
    assert (seen.signed.total.fulfilled, seen.corrections) == (2, [])
    correct(desk, COMMUNITY, -2)
    seen = report(desk, STREET)
    assert (seen.signed.total.fulfilled, seen.corrected.total.fulfilled, len(seen.corrections)) == (2, 0, 1)


def test_a_correction_makes_sense_or_is_refused(desk: Desk) -> None:
    with pytest.raises(NotSigned):
        correct(desk, COMMUNITY, 1)
    for place in (COMMUNITY, NEIGHBOUR, STREET):
        sign(desk, place)
    with pytest.raises(CorrectWhereCounted):
        correct(desk, STREET, 1)
    for difference in (0, -1):
        with pytest.raises(UnusableCorrection):
            correct(desk, COMMUNITY, difference)
    with pytest.raises(UnusableCorrection):
        correct(desk, COMMUNITY, 1, breakdown={Dimension.CATEGORY: "toys"})
    with pytest.raises(contracts.ReasonNeeded):
        correct(desk, COMMUNITY, 1, reason=" ")


def test_reasons_of_corrections_rest_sealed(desk: Desk) -> None:
    sign(desk, COMMUNITY)
    correct(desk, COMMUNITY, 1, reason="彭桂兰的心愿漏报")
    with desk.workshop.engine.connect() as connection:
        rows = connection.execute(text("SELECT correction::text FROM wishes.correction")).scalars().all()
    assert "彭桂兰" not in "".join(rows)


def test_a_period_is_signed_when_it_is_over(desk: Desk) -> None:
    for period in ("2026-11", "2026H2", "2026"):
        with pytest.raises(PeriodNotOver):
            sign(desk, COMMUNITY, period)
    sign(desk, COMMUNITY, "2026H1")


def test_a_grid_worker_or_a_neighbour_does_not_sign(desk: Desk) -> None:
    with pytest.raises(NotPermitted):
        sign(desk, COMMUNITY, by=worker_of(NEIGHBOUR))


def test_two_officers_sign_at_the_same_moment_and_one_report_is_kept(desk: Desk) -> None:
    wishes_written(desk, COMMUNITY, (S,))
    figures(desk)
    command = contracts.SignFigures(by=OFFICER, area_id=COMMUNITY.id, period=PERIOD)
    signing = slowly(usecases.sign_figures)
    outcomes = all_at_once(*[lambda: desk.workshop.run(command, signing)] * 3)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "AlreadySigned",
        "AlreadySigned",
        "Done",
    ]


# -- reminders


def _begin(desk: Desk, simulated: clock.SimulatedClock, day: int) -> None:
    simulated.set(datetime(2026, 11, day, 1, tzinfo=UTC))

    def remind(work: object, event: RemindersDue, now: datetime) -> None:
        usecases.remind_by_calendar(work, event, now, settings=desk.settings)  # type: ignore[arg-type]

    desk.hear(RemindersDue(on=clock.now().date()), remind)


def _reminded(desk: Desk) -> list[list[str]]:
    return [[one.area_name for one in event.reports] for event in desk.announced(FiguresAwaited)]


def test_whose_turn_it_is_to_sign_is_reminded_on_the_days_set(
    desk: Desk, simulated_clock: clock.SimulatedClock
) -> None:
    wishes_written(desk, COMMUNITY, (S,))
    sign(desk, COMMUNITY)
    _begin(desk, simulated_clock, 2)
    assert _reminded(desk) == []
    _begin(desk, simulated_clock, 3)
    assert _reminded(desk) == [[NEIGHBOUR.name, FAR_COMMUNITY.name]]
    sign(desk, NEIGHBOUR)
    _begin(desk, simulated_clock, 6)
    assert _reminded(desk)[1:] == [[STREET.name, FAR_COMMUNITY.name]]


def test_an_officer_reminds_once_a_day_however_often_they_ask(desk: Desk) -> None:
    command = contracts.RemindOfFigures(by=OFFICER, area_id=DISTRICT.id, period=PERIOD)
    for _ in range(2):
        desk.do(command, usecases.remind_of_figures)
    assert _reminded(desk) == [[NEIGHBOUR.name, COMMUNITY.name]]


def test_nobody_is_reminded_of_a_time_before_the_first_wish(
    desk: Desk, simulated_clock: clock.SimulatedClock
) -> None:
    desk.enter()
    _begin(desk, simulated_clock, 3)
    assert _reminded(desk) == []


def test_reports_are_paged_by_path(desk: Desk) -> None:
    query = contracts.ListReports(by=OFFICER, area_id=CITY.id, period=PERIOD, limit=4)
    first = desk.workshop.read(query, queries.list_reports)
    second = desk.workshop.read(msgspec.structs.replace(query, after=first.next), queries.list_reports)
    names = [item.name for item in first.items + second.items]
    assert sorted(names) == sorted(place.name for place in PLACES)
    assert second.next is None
