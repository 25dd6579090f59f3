"""One message a day for whoever wants it: what can wait is merged, once, at its hour, whatever happens."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import message_from_string
from email.policy import default
from functools import partial

import eventlet
import msgspec
import pytest
from sqlalchemy import select

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.rights import Actor
from services.chassis.work import Workshop
from services.directory.contracts import MemberCopy, MembersChanged
from services.notify import queries, usecases
from services.notify.contracts import ListDeliveries, SetPreferences
from services.notify.domain import Outcome, RecipientKind, Topic, Verdict
from services.notify.models import Message
from services.notify.usecases import merge_digests
from services.notify.usecases.digesting import MOST_TITLES
from services.notify.usecases.news import News
from services.notify.usecases.planning import tell
from services.points.contracts import FeedbackUnanswered, UnansweredReport
from tests.support.notify import OPERATOR, TEMPLATES, House
from tests.support.notify_gate import at, decide, lent, local, polite, sent
from tests.support.notify_people import a_member, a_unit
from tests.support.notify_sending import (
    a_release,
    eventually,
    figures,
    quick_settings,
    remind,
    sending,
    sms_settings,
    smtp_settings,
    states,
)
from tests.support.peers import Peer
from tests.support.plans import statements_of


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    return polite(House(workshop_of("notify"), {}))


@pytest.fixture
def member(house: House) -> MemberCopy:
    known = a_member(house.seals, email="wang@example.org")
    house.knows(members=[known])
    decide(house, member_id=known.id, wants_digest=True)
    return known


def merge(house: House) -> int:
    with house.workshop.open() as work:
        return merge_digests(work, house.ways, TEMPLATES, clock.now())


def merge_and_die(house: House) -> None:
    with house.workshop.open() as work:
        merge_digests(work, house.ways, TEMPLATES, clock.now())
        raise RuntimeError("killed before its commit")


def messages(house: House) -> list[tuple[str, str]]:
    """Return topic and state of every message, in order."""
    with house.workshop.open() as work:
        listed = select(Message.topic, Message.state).order_by(Message.created_at, Message.topic)
        return [(topic, state) for topic, state in work.session.execute(listed)]


def release(house: House, times: int = 1) -> None:
    for _ in range(times):
        house.hear(a_release(), usecases.tell_of_release)


def test_what_can_wait_is_told_in_one_message_at_the_hour(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    release(house, times=3)
    assert messages(house) == [("release_digest", "gathered")] * 3
    assert len(house.inbox(member_id=member.id)) == 3  # where each of them lies at once
    assert figures(house).under_way == 3
    at(simulated_clock, "17:29")
    assert merge(house) == 0

    at(simulated_clock, "17:30")
    assert merge(house) == 3
    assert merge(house) == 0

    assert messages(house) == [("release_digest", "merged")] * 3 + [("daily_digest", "planned")]
    assert states(house) == [None, None, None, "email planned"]
    assert sent(house, "email") == 1
    standing = figures(house)
    assert (standing.due, standing.accepted, standing.lost) == (4, 4, 0)
    assert len(house.inbox(member_id=member.id)) == 3


def test_a_digest_names_what_it_tells_in_the_language_of_its_reader(
    house: House, mail: Peer, simulated_clock: SimulatedClock
) -> None:
    with sending(house, quick_settings(smtp_settings(mail))):
        member = a_member(house.seals, email="wang@example.org")
        house.knows(members=[member])
        decide(house, member_id=member.id, wants_digest=True, language="en")
        release(house, times=2)
        at(simulated_clock, "17:31")
        eventually(lambda: mail.received())

    (letter,) = mail.received()
    read = message_from_string(letter["mail"], policy=default)
    assert read["Subject"] == "2 November: 2 new messages"
    body = read.get_body(("plain",))
    assert body is not None
    assert body.get_content().count("· ") == 2


def test_what_cannot_wait_goes_at_once_and_nobody_else_waits(house: House, member: MemberCopy) -> None:
    other = a_member(house.seals)
    house.knows(members=[other])

    remind(house, member, other)
    release(house)

    assert states(house, member.id) == ["sms planned", None]
    assert states(house, other.id) == ["sms planned", "sms planned"]


def test_what_comes_after_the_hour_waits_for_the_next_day(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    release(house)
    at(simulated_clock, "17:30")
    merge(house)
    at(simulated_clock, "23:59")
    release(house)
    at(simulated_clock, "00:01", 3)
    assert merge(house) == 0
    at(simulated_clock, "17:30", 3)
    assert merge(house) == 1

    assert [topic for topic, _ in messages(house)].count("daily_digest") == 2


@pytest.mark.parametrize("hour", ["19:00", "08:15"])
def test_whoever_had_the_digest_of_a_day_waits_for_the_next_when_its_hour_is_changed(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock, hour: str
) -> None:
    release(house)
    at(simulated_clock, "17:30")
    assert merge(house) == 1
    at(simulated_clock, "18:00")
    release(house)
    manners = quick_settings(digest_at=hour).manners(house.ways.manners.zone)
    house.ways = replace(house.ways, manners=manners)

    at(simulated_clock, "23:00")
    assert merge(house) == 0
    at(simulated_clock, hour, 3)
    assert merge(house) == 1
    assert [topic for topic, _ in messages(house)].count("daily_digest") == 2


def test_a_digest_of_very_many_names_some_and_counts_all(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    release(house, MOST_TITLES + 2)
    at(simulated_clock, "17:30")
    merge(house)

    (loan,) = lent(house, "email")
    said = msgspec.json.decode(house.seals.open(loan.parameters))
    assert (said["number"], said["titles"].count("· ")) == (MOST_TITLES + 2, MOST_TITLES)


def test_an_hour_that_was_missed_is_made_up_for_and_the_next_one_is_kept(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    release(house)
    at(simulated_clock, "01:00", 4)  # the house was dark for a day and a half
    assert merge(house) == 1
    release(house)
    assert merge(house) == 0
    at(simulated_clock, "17:30", 4)
    assert merge(house) == 1

    assert [topic for topic, _ in messages(house)].count("daily_digest") == 2


def test_a_digest_that_was_not_committed_is_written_again_and_only_once(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    release(house, times=2)
    at(simulated_clock, "17:30")
    with pytest.raises(RuntimeError):
        merge_and_die(house)
    assert messages(house) == [("release_digest", "gathered")] * 2

    at_once = [eventlet.spawn(partial(merge, house)) for _ in range(4)]
    assert sum(thread.wait() for thread in at_once) == 2

    assert messages(house)[-1] == ("daily_digest", "planned")
    assert len(lent(house, "email")) == 1


@pytest.mark.parametrize(
    ("until", "state"), [("17:29", "planned"), ("17:30", "planned"), ("17:31", "gathered")]
)
def test_what_would_be_too_late_at_the_hour_goes_at_once(
    house: House, member: MemberCopy, until: str, state: str
) -> None:
    words = {"year": 2026, "threshold": 20, "points": 21}
    news = News(Topic.THRESHOLD_REACHED, new_id(), new_id(), member.area_path, words, expires_at=local(until))
    with house.workshop.open() as work:
        tell(work, house.ways, news.notes_to([(member.id, RecipientKind.MEMBER)]), clock.now())

    assert messages(house) == [("threshold_reached", state)]


def test_what_was_worth_saying_no_longer_than_until_the_hour_is_not_kept_for_it(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    release(house)
    at(simulated_clock, "17:31", 20)
    assert merge(house) == 1

    assert messages(house) == [("release_digest", "expired")]


def test_whoever_left_meanwhile_is_told_nothing(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    release(house)
    gone = a_member(house.seals, id=member.id, is_active=False, version=2)
    house.hear(MembersChanged(members=[gone]), usecases.note_members)
    at(simulated_clock, "17:30")

    assert merge(house) == 1
    assert messages(house) == [("release_digest", "unreachable")]


def test_many_who_left_meanwhile_cost_no_more_statements_than_one(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    counted = []
    for day, times in ((2, 1), (3, 12)):
        at(simulated_clock, "12:00", day)
        house.knows(members=[a_member(house.seals, id=member.id, version=2 * day)])
        release(house, times)
        gone = a_member(house.seals, id=member.id, is_active=False, version=2 * day + 1)
        house.knows(members=[gone])
        at(simulated_clock, "17:30", day)
        counted.append(len(statements_of(house.workshop.engine, partial(merge, house))))

    assert counted[0] == counted[1]


def test_a_digest_goes_the_next_way_and_what_it_told_stands_as_it_does(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    release(house)
    at(simulated_clock, "17:30")
    merge(house)
    assert sent(house, "email", Outcome(Verdict.PERMANENT, "550")) == 1
    assert figures(house).under_way == 2
    assert sent(house, "sms", Outcome(Verdict.PERMANENT, "21")) == 1

    standing = figures(house)
    assert (standing.failed, standing.lost, standing.due) == (2, 0, 2)


def test_a_digest_whose_channels_are_off_lies_in_the_inbox_as_its_items_do(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    release(house)
    decide(house, member_id=member.id, off=("daily_digest:email", "daily_digest:sms"))
    at(simulated_clock, "17:30")
    merge(house)

    assert states(house) == [None, "inbox delivered"]
    assert figures(house).accepted == 2
    assert len(house.inbox(member_id=member.id)) == 1


def test_whoever_wants_no_digest_any_more_still_gets_what_was_kept_for_it(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    release(house)
    decide(house, member_id=member.id, wants_digest=False)
    release(house)
    at(simulated_clock, "17:30")
    assert merge(house) == 1

    assert sorted(messages(house)) == [
        ("daily_digest", "planned"),
        ("release_digest", "merged"),
        ("release_digest", "planned"),
    ]


def test_a_message_for_somebody_unknown_may_wait_for_their_digest(
    house: House, simulated_clock: SimulatedClock
) -> None:
    unit = a_unit(house.seals, email="unit@example.org")
    report = UnansweredReport(report_id=new_id(), unit_id=unit.id, period="2026H2", is_received=False)
    house.hear(FeedbackUnanswered(reports=[report]), usecases.tell_of_unanswered_feedback)
    acting = Actor(account_id=new_id(), unit_id=unit.id)
    wants = SetPreferences(by=acting, for_unit=True, wants_digest=True)
    house.workshop.run(wants, partial(usecases.set_preferences, house.ways))
    house.knows(units=[unit])
    assert messages(house) == [("feedback_unanswered", "gathered")]
    at(simulated_clock, "17:30")

    assert merge(house) == 1
    assert len(lent(house, "email")) == 1


def test_who_looks_for_what_a_thing_was_told_in_finds_the_digest(
    house: House, member: MemberCopy, simulated_clock: SimulatedClock
) -> None:
    told = a_release()
    house.hear(told, usecases.tell_of_release)
    at(simulated_clock, "17:30")
    merge(house)

    asked = ListDeliveries(by=OPERATOR, subject_id=told.release_id)
    (seen,) = house.workshop.read(asked, queries.list_deliveries).items
    assert seen.topic == "daily_digest"


def test_many_digests_are_written_in_several_rounds(
    house: House, simulated_clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = [a_member(house.seals) for _ in range(7)]
    house.knows(members=members)
    for one in members:
        decide(house, member_id=one.id, wants_digest=True)
    release(house)
    at(simulated_clock, "17:30")
    monkeypatch.setattr("services.notify.usecases.digesting.MOST", 3)

    assert [merge(house) for _ in range(4)] == [3, 3, 1, 0]


def test_a_running_sender_writes_the_digests_and_sends_them(
    house: House, gateway: Peer, simulated_clock: SimulatedClock
) -> None:
    with sending(house, quick_settings(sms=sms_settings(gateway))):
        member = a_member(house.seals)
        house.knows(members=[member])
        decide(house, member_id=member.id, wants_digest=True)
        release(house, times=2)
        simulated_clock.set(simulated_clock.now() + timedelta(hours=6))
        eventually(lambda: "sms accepted" in states(house))

    (taken,) = gateway.received()
    assert "2条新消息" in taken["content"]
