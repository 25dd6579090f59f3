"""Who is told of figures to sign and of complaints: those who act there, never whom it is about."""

from collections.abc import Callable
from datetime import date

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.rights import Role
from services.chassis.work import Workshop
from services.notify import usecases
from services.notify.channels import AddressKind
from services.wishes.contracts import (
    AwaitedReport,
    ComplaintAnswered,
    ComplaintReceived,
    ComplaintsEscalated,
    FiguresAwaited,
    HandledComplaint,
)
from tests.support.notify import COMMUNITY, STREET, House
from tests.support.notify_people import DUE, an_account


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    """Notify with a worker in the community and an officer in its street."""
    house = House(workshop_of("notify"), {"sms": AddressKind.PHONE})
    house.knows(accounts=[WORKER(house), OFFICER(house)])
    return house


WORKER_ID, OFFICER_ID = new_id(), new_id()


def WORKER(house: House) -> object:  # noqa: N802 - reads as the person
    """Return the worker."""
    return an_account(house.seals, Role.COMMUNITY_WORKER, COMMUNITY, id=WORKER_ID)


def OFFICER(house: House) -> object:  # noqa: N802
    """Return the officer."""
    return an_account(house.seals, Role.OFFICER, STREET, id=OFFICER_ID)


def _complaint(kind: str, path: str, **given: object) -> HandledComplaint:
    return HandledComplaint(complaint_id=new_id(), area_kind=kind, area_path=path, due_on=DUE, **given)  # type: ignore[arg-type]


def test_the_worker_signs_for_a_community_and_the_officer_for_a_street(house: House) -> None:
    reports = [
        AwaitedReport(area_id=new_id(), area_kind="community", area_name="银华社区", area_path=COMMUNITY),
        AwaitedReport(area_id=new_id(), area_kind="street", area_name="小桥街道", area_path=STREET),
    ]
    event = FiguresAwaited(period="2026-11", on=date(2026, 12, 3), reports=reports)
    house.hear(event, usecases.tell_of_figures_awaited)
    assert [title for title, _ in house.inbox(account_id=WORKER_ID)] == ["银华社区2026年11月统计待签报"]
    assert [title for title, _ in house.inbox(account_id=OFFICER_ID)] == ["小桥街道2026年11月统计待签报"]


def test_a_half_year_and_a_year_are_called_what_they_are(house: House) -> None:
    report = AwaitedReport(area_id=new_id(), area_kind="community", area_name="银华社区", area_path=COMMUNITY)
    for period in ("2026H2", "2026"):
        event = FiguresAwaited(period=period, on=date(2027, 1, 3), reports=[report])
        house.hear(event, usecases.tell_of_figures_awaited)
    titles = {title for title, _ in house.inbox(account_id=WORKER_ID)}
    assert titles == {"银华社区2026年下半年统计待签报", "银华社区2026年统计待签报"}


def test_a_complaint_is_told_to_who_answers_there(house: House) -> None:
    event = ComplaintReceived(complaint=_complaint("community", COMMUNITY))
    house.hear(event, usecases.tell_of_complaint)
    assert len(house.inbox(account_id=WORKER_ID)) == 1
    assert house.inbox(account_id=OFFICER_ID) == []


def test_whom_a_complaint_is_about_is_told_nothing(house: House) -> None:
    event = ComplaintReceived(complaint=_complaint("community", COMMUNITY, not_for=WORKER_ID))
    house.hear(event, usecases.tell_of_complaint)
    assert house.told() == []


def test_a_complaint_passed_up_is_told_to_the_officers_above(house: House) -> None:
    event = ComplaintsEscalated(complaints=[_complaint("street", STREET)])
    house.hear(event, usecases.tell_of_escalated_complaints)
    assert house.inbox(account_id=WORKER_ID) == []
    assert len(house.inbox(account_id=OFFICER_ID)) == 1


def test_the_phone_that_a_complainant_left_is_told_of_the_answer_once(house: House) -> None:
    complaint = new_id()
    event = ComplaintAnswered(
        complaint_id=complaint,
        area_path=COMMUNITY,
        sealed_code=house.seals.seal("K7MX2PQR"),
        phone=house.seals.seal("+8613900139000"),
        language="zh",
    )
    for _ in range(2):
        house.hear(event, usecases.tell_of_answered_complaint)
    assert house.told(complaint) == [("complaint_answered", "planned", "sms planned")]
    assert "K7MX2PQR" not in house.dump()
