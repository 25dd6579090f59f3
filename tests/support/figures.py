"""Figures for tests: what the doors do for them, and wishes written straight into the logs, many at once."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import insert

from services.chassis import clock
from services.chassis.contracts import new_id
from services.chassis.rights import Actor, Role
from services.wishes import contracts, queries, usecases
from services.wishes.contracts import Category, Door, FiguresView, Hardship, Urgency, WishKind
from services.wishes.domain import WishAction, WishState
from services.wishes.models import CarryOver, Resident, Wish, WishMove
from tests.support.wishes import CITY, OFFICER, Desk, Place, a_worker

PERIOD = "2026-10"
IN_OCTOBER = datetime(2026, 10, 15, 4, tzinfo=UTC)


def count(desk: Desk, request: Any) -> None:
    """Bring the tally up to date, as the doors do."""
    desk.workshop.read(request, partial(usecases.look_for_moves, now=clock.now()))
    while desk.workshop.read(request, partial(usecases.count_moves, now=clock.now())):
        pass


def figures(desk: Desk, place: Place = CITY, period: str = PERIOD, by: Actor = OFFICER) -> FiguresView:
    """Return what is counted."""
    query = contracts.GetFigures(by=by, area_id=place.id, period=period)
    count(desk, query)
    found: FiguresView = desk.workshop.read(query, queries.get_figures)
    return found


def sign(desk: Desk, place: Place, period: str = PERIOD, by: Actor = OFFICER) -> Any:
    """Sign a period."""
    command = contracts.SignFigures(by=by, area_id=place.id, period=period)
    count(desk, command)
    return desk.do(command, usecases.sign_figures)


def correct(desk: Desk, place: Place, difference: int, by: Actor = OFFICER, **given: Any) -> Any:
    """Correct a signed figure."""
    said = {"measure": contracts.Measure.FULFILLED, "reason": "漏报", "period": PERIOD} | given
    command = contracts.CorrectFigures(by=by, area_id=place.id, difference=difference, **said)
    return desk.do(command, usecases.correct_figures)


def report(desk: Desk, place: Place, period: str = PERIOD) -> contracts.ReportView:
    """Return what was signed."""
    query = contracts.GetReport(by=OFFICER, area_id=place.id, period=period)
    count(desk, query)
    found: contracts.ReportView = desk.workshop.read(query, queries.get_report)
    return found


def states(desk: Desk, place: Place = CITY, **asked: Any) -> list[tuple[str, bool, int]]:
    """Return name, whether it has signed and for how many it waits, of every reporting area."""
    query = contracts.ListReports(by=OFFICER, area_id=place.id, period=PERIOD, **asked)
    items = desk.workshop.read(query, queries.list_reports).items
    return [(item.name, item.signed_at is not None, item.awaited) for item in items]


def wishes_written(desk: Desk, place: Place, *histories: tuple[WishAction, ...], **said: Any) -> None:
    """Write wishes of a place straight into the tables, each with a history of October."""
    with desk.workshop.open() as work:
        resident = Resident(
            id=new_id(),
            community_id=place.id,
            name=work.seals.seal("彭桂兰"),
            name_index=str(new_id()),
            phone=None,
            phone_index="",
            address=None,
            hardship=said.pop("hardship", [Hardship.LIVING_ALONE.value]),
            language="zh",
            added_at=IN_OCTOBER,
            version=1,
        )
        work.session.add(resident)
        work.session.flush()
        for history in histories:
            _write(work.session, place, resident, history, said)


def _write(
    session: Any, place: Place, resident: Resident, history: tuple[WishAction, ...], said: Any
) -> None:
    wish = {
        "id": new_id(),
        "code": str(new_id())[-12:],
        "community_id": place.id,
        "resident_id": resident.id,
        "state": WishState.SUBMITTED,
        "title": "想要一台收音机",
        "kind": WishKind.GOODS,
        "category": Category.CULTURE,
        "urgency": Urgency.ORDINARY,
        "value": 0,
        "places": 1,
        "contact": "-",
        "confirmation_code": "-",
        "confirmation_index": "-",
        "door": Door.VISIT,
        "entered_by": "console",
        "submitted_at": IN_OCTOBER,
        "due_on": IN_OCTOBER.date(),
        "months_carried": 0,
        "version": 1,
    }
    session.execute(insert(Wish).values(wish | said))
    said_of = {"wish_id": wish["id"], "at": IN_OCTOBER, "by": "console", "state": WishState.SUBMITTED}
    session.execute(insert(WishMove), [said_of | {"action": action} for action in history])


def carried_over(desk: Desk, times: int) -> None:
    """Write that the first wish there is was carried over so often."""
    with desk.workshop.open() as work:
        wish = work.session.query(Wish).order_by(Wish.id).first()
        assert wish is not None
        rows = [{"wish_id": wish.id, "at": IN_OCTOBER}] * times
        work.session.execute(insert(CarryOver), rows)


def worker_of(place: Place) -> Actor:
    """Return a worker of a place."""
    return a_worker(place, Role.COMMUNITY_WORKER)
