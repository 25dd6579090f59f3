"""Complaints: said by anyone, answered in time or passed up, never read by whom they are about."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from services.chassis import clock
from services.chassis.refusals import IllegalMove, NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE, Actor, Role
from services.scheduler.contracts import RemindersDue
from services.wishes import contracts, queries, usecases
from services.wishes.contracts import (
    ComplaintAbout,
    ComplaintAnswered,
    ComplaintMissing,
    ComplaintReceived,
    ComplaintsEscalated,
    ComplaintTrack,
    ComplaintView,
    NobodyAbove,
    TooManyComplaints,
    TooManyTries,
    UnknownComplaint,
    UnusablePhone,
)
from tests.support.wishes import CITY, COMMUNITY, DISTRICT, NEIGHBOUR, OFFICER, STREET, Desk, a_worker

WORDS = "彭桂兰家的心愿登记了三次，没有人回话。"
PHONE = "13812345678"


def complain(desk: Desk, **said: Any) -> str:
    """Return the code of a complaint."""
    spoken: dict[str, Any] = {"text": WORDS, "area_id": COMMUNITY.id} | said
    command = contracts.SubmitComplaint(**spoken)
    code: str = desk.do(command, usecases.submit_complaint, settings=desk.settings).code
    return code


def track(desk: Desk, code: str, ending: str = "", address: str = "") -> ComplaintTrack:
    """Return what a complainant sees."""
    query = contracts.TrackComplaint(code=code, phone_ending=ending, address=address)
    asked = partial(usecases.track_complaint, now=clock.now(), settings=desk.settings)
    found: ComplaintTrack = usecases.answered(desk.workshop.read(query, asked))
    return found


def listed(desk: Desk, by: Actor, **asked: Any) -> list[contracts.ComplaintLine]:
    """Return what somebody may answer."""
    query = contracts.ListComplaints(by=by, **asked)
    found: contracts.ComplaintList = desk.ask(query, queries.list_complaints, now=clock.now())
    return found.items


def read(desk: Desk, by: Actor) -> ComplaintView:
    """Return the only complaint there is."""
    query = contracts.GetComplaint(by=by, complaint_id=_the_only(desk))
    found: ComplaintView = desk.ask(query, queries.get_complaint, now=clock.now())
    return found


def answer(desk: Desk, by: Actor, text: str = "已上门致歉，心愿本月发布。") -> None:
    """Answer the only complaint there is."""
    command = contracts.AnswerComplaint(by=by, complaint_id=_the_only(desk), answer_text=text)
    desk.do(command, usecases.answer_complaint)


def _the_only(desk: Desk) -> Any:
    ((found,),) = desk.rows("SELECT id FROM wishes.complaint")
    return found


def _days_pass(desk: Desk, simulated: clock.SimulatedClock, days: int) -> None:
    """Let so many mornings come."""
    for _ in range(days):
        simulated.set(simulated.now() + timedelta(days=1))
        morning = RemindersDue(on=clock.now().date())
        escalate = partial(usecases.escalate_complaints, settings=desk.settings)
        desk.workshop.once(morning, "on_reminders_due_of_complaints", escalate)


WORKER = a_worker(COMMUNITY)


def test_a_complaint_is_answered_and_the_complainant_reads_it(desk: Desk) -> None:
    code = complain(desk, phone=PHONE, contact_name="李秀英")
    assert track(desk, code, PHONE[-4:]).state == "open"
    assert track(desk, code, "５６７８").state == "open"
    seen = read(desk, WORKER)
    assert (seen.text, seen.contact_name, seen.phone) == (WORDS, "李**", "***5678")
    answer(desk, WORKER)
    told = track(desk, code, PHONE[-4:])
    assert (told.state, told.answer) == ("answered", "已上门致歉，心愿本月发布。")
    assert [step.action for step in read(desk, WORKER).steps] == ["submit", "answer"]
    with pytest.raises(IllegalMove):
        answer(desk, WORKER)


def test_whoever_leaves_no_phone_asks_with_the_code_alone(desk: Desk) -> None:
    assert track(desk, complain(desk).lower()).state == "open"


def test_code_without_the_ending_of_the_phone_opens_nothing_and_tries_are_counted(desk: Desk) -> None:
    code = complain(desk, phone=PHONE)
    for _ in range(desk.settings.wrong_tries_by_code):
        with pytest.raises(UnknownComplaint):
            track(desk, code, "0000")
    with pytest.raises(TooManyTries):
        track(desk, code, PHONE[-4:])


def test_one_address_complains_so_often_a_day_and_no_more(
    desk: Desk, simulated_clock: clock.SimulatedClock
) -> None:
    for _ in range(desk.settings.complaints_by_address):
        complain(desk, address="198.51.100.7")
    with pytest.raises(TooManyComplaints):
        complain(desk, address="198.51.100.7")
    complain(desk, address="198.51.100.8")
    simulated_clock.set(simulated_clock.now() + timedelta(days=1, minutes=1))
    complain(desk, address="198.51.100.7")


def test_the_people_of_the_place_and_above_read_it_and_nobody_else(desk: Desk) -> None:
    complain(desk)
    for allowed in (WORKER, a_worker(STREET, Role.OFFICER), OFFICER):
        assert len(listed(desk, allowed)) == 1
        assert read(desk, allowed).text == WORDS
    assert listed(desk, a_worker(NEIGHBOUR)) == []
    with pytest.raises(NotPermitted):
        read(desk, a_worker(NEIGHBOUR))
    with pytest.raises(NotPermitted):
        read(desk, a_worker(COMMUNITY, Role.GRID_WORKER))
    with pytest.raises(SignInNeeded):
        listed(desk, ANYONE)


def test_a_complaint_about_the_people_of_a_place_is_read_above_only(desk: Desk) -> None:
    complain(desk, about=ComplaintAbout.PEOPLE)
    for below in (WORKER, a_worker(COMMUNITY, Role.OFFICER)):
        assert listed(desk, below) == []
        with pytest.raises(NotPermitted):
            read(desk, below)
    officer = a_worker(STREET, Role.OFFICER)
    assert [line.handled_by for line in listed(desk, officer)] == [STREET.name]
    assert read(desk, officer).text == WORDS
    (received,) = desk.announced(ComplaintReceived)
    assert received.complaint.area_path == STREET.path


def test_whom_a_complaint_is_about_never_sees_it_wherever_they_work(desk: Desk) -> None:
    officer, other = a_worker(CITY, Role.OFFICER), a_worker(DISTRICT, Role.OFFICER)
    complain(desk, about_account_id=officer.account_id)
    assert listed(desk, officer) == []
    with pytest.raises(UnknownComplaint):
        read(desk, officer)
    with pytest.raises(UnknownComplaint):
        answer(desk, officer)
    assert len(listed(desk, other)) == 1


def test_without_an_area_a_complaint_goes_to_the_top(desk: Desk) -> None:
    complain(desk, area_id=None, about=ComplaintAbout.PEOPLE)
    assert [line.handled_by for line in listed(desk, OFFICER)] == [CITY.name]
    assert listed(desk, a_worker(DISTRICT, Role.OFFICER)) == []


def test_what_nobody_answers_goes_up_level_by_level_and_stays_at_the_top(
    desk: Desk, simulated_clock: clock.SimulatedClock
) -> None:
    complain(desk)
    _days_pass(desk, simulated_clock, desk.settings.complaint_days)
    assert desk.announced(ComplaintsEscalated) == []
    assert [line.handled_by for line in listed(desk, OFFICER)] == [COMMUNITY.name]
    _days_pass(desk, simulated_clock, 1)
    assert [(line.handled_by, line.state) for line in listed(desk, OFFICER)] == [(STREET.name, "escalated")]
    assert listed(desk, WORKER) == []
    _days_pass(desk, simulated_clock, 3 * (desk.settings.complaint_days + 1))
    paths = [event.complaints[0].area_path for event in desk.announced(ComplaintsEscalated)]
    assert paths == [STREET.path, DISTRICT.path, CITY.path, CITY.path]
    answer(desk, OFFICER)
    _days_pass(desk, simulated_clock, 30)
    assert len(desk.announced(ComplaintsEscalated)) == 4


def test_a_worker_gives_a_complaint_to_the_area_above(desk: Desk) -> None:
    complain(desk)
    command = contracts.RaiseComplaint(by=WORKER, complaint_id=_the_only(desk))
    desk.do(command, usecases.raise_complaint, settings=desk.settings)
    assert [line.handled_by for line in listed(desk, OFFICER)] == [STREET.name]
    with pytest.raises(NotPermitted):
        read(desk, WORKER)
    (escalated,) = desk.announced(ComplaintsEscalated)
    assert escalated.complaints[0].area_path == STREET.path
    for _ in (STREET, DISTRICT):
        again = contracts.RaiseComplaint(by=OFFICER, complaint_id=_the_only(desk))
        desk.do(again, usecases.raise_complaint, settings=desk.settings)
    with pytest.raises(NobodyAbove):
        desk.do(again, usecases.raise_complaint, settings=desk.settings)


def test_every_look_at_a_complaint_or_complainant_is_recorded(desk: Desk) -> None:
    complain(desk, phone=PHONE, contact_name="李秀英")
    read(desk, WORKER)
    command = contracts.LookUpComplainant(by=WORKER, complaint_id=_the_only(desk))
    found = desk.do(command, usecases.look_up_complainant)
    assert (found.name, found.phone) == ("李秀英", "+8613812345678")
    looks = desk.rows("SELECT action, actor FROM wishes.audit ORDER BY id")
    who = str(WORKER.account_id)
    assert [tuple(look) for look in looks] == [("read_complaint", who), ("look_up_complainant", who)]


def test_nothing_that_somebody_wrote_rests_or_travels_readable(desk: Desk) -> None:
    complain(desk, phone=PHONE, contact_name="李秀英")
    answer(desk, WORKER, "李秀英家已走访")
    rows = desk.rows("SELECT complaint::text FROM wishes.complaint")
    rows += desk.rows("SELECT body FROM wishes.outbox")
    written = "".join(row[0] for row in rows)
    assert not [word for word in ("彭桂兰", "李秀英", PHONE, "走访", "致歉") if word in written]


def test_who_left_a_phone_is_to_be_told_of_the_answer(desk: Desk) -> None:
    code = complain(desk, phone=PHONE)
    answer(desk, WORKER)
    (answered,) = desk.announced(ComplaintAnswered)
    opened = desk.workshop.seals.open
    assert answered.phone is not None
    assert (opened(answered.sealed_code), opened(answered.phone)) == (code, "+8613812345678")


def test_a_complaint_says_something_and_its_phone_can_be_called(desk: Desk) -> None:
    for text in ("", "  ", "……"):
        with pytest.raises(ComplaintMissing):
            complain(desk, text=text)
    with pytest.raises(contracts.TextTooLong):
        complain(desk, text="长" * 2001)
    with pytest.raises(UnusablePhone):
        complain(desk, phone="12")
    with pytest.raises(contracts.UnknownArea):
        complain(desk, area_id=OFFICER.account_id)
    complain(desk)
    with pytest.raises(ComplaintMissing):
        answer(desk, WORKER, " ")


def test_complaints_are_paged_oldest_first(desk: Desk, simulated_clock: clock.SimulatedClock) -> None:
    for _ in range(3):
        complain(desk)
    first = desk.ask(
        contracts.ListComplaints(by=OFFICER, limit=2), queries.list_complaints, now=datetime.now(UTC)
    )
    assert len(first.items) == 2
    assert len(listed(desk, OFFICER, after=first.next)) == 1
    assert listed(desk, OFFICER, state="answered") == []
