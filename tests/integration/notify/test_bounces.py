"""Mails that come back: a real mail server takes them and reports later, which is handed in at the door."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.refusals import Refusal
from services.directory.contracts import MemberCopy, MembersChanged
from services.gateway.api.reading import Reader
from services.gateway.api.routes import ROUTES
from services.notify import usecases
from services.notify.channels.bounces import ReturnAddress
from services.notify.channels.providers import hearing_of
from services.notify.contracts import TakeReceipts, UnreadableBounce
from services.notify.models import Delivery, Message
from services.notify.sender import Sender
from services.notify.usecases.letter_tokens import return_token_of
from tests.support import bounces
from tests.support import bounces_in_words as words
from tests.support.bounces import handed_in
from tests.support.complaints import a_complaint
from tests.support.notify import House
from tests.support.notify_gate import listed
from tests.support.notify_people import a_code, a_member
from tests.support.notify_sending import (
    attempts,
    eventually,
    later,
    quick_settings,
    remind,
    sending,
    sms_settings,
    smtp_settings,
    states,
)
from tests.support.peers import Peer

TOKEN = "a-token-that-nobody-can-guess"
HOME = "bounce@example.org"
MAIL_FIRST = {"claim_due_soon.member": ("email", "sms"), "sign_in_code.member": ("email",)}
DOOR = Reader(next(route for route in ROUTES if route.contract is TakeReceipts))


@pytest.fixture
def sender(house: House, mail: Peer, gateway: Peer) -> Iterator[Sender]:
    """Send mails that may come back, and an SMS where they do."""
    smtp = smtp_settings(mail, bounces=HOME, receipt_token=TOKEN)
    with sending(house, quick_settings(smtp, sms_settings(gateway), plans=MAIL_FIRST)) as sender:
        yield sender


def hand_in(house: House, sender: Sender, mail: str | bytes) -> None:
    """Hand a mail in as a mail server does; raise what the door answers."""
    body = mail if isinstance(mail, bytes) else mail.encode()
    where = {"provider": "smtp", "token": TOKEN}
    command = TakeReceipts(**DOOR.fields({"CONTENT_TYPE": "message/rfc822"}, where, body))
    take = partial(usecases.take_receipts, sender.ways, sender.receivers)
    (answer,) = house.workshop.run_batch([command], take)
    sender.nudge()
    if isinstance(answer, Refusal):
        raise answer


def mailed(house: House, *addresses: str) -> Sequence[MemberCopy]:
    """Send a mail to each; return whom."""
    members = [
        a_member(house.seals, email=address, phone=f"+861380013800{place}")
        for place, address in enumerate(addresses)
    ]
    house.knows(members=members)
    remind(house, *members)
    eventually(lambda: states(house).count("email accepted") == len(members))
    return members


def test_each_mail_has_a_return_address_of_its_own_and_comes_from_the_house(
    house: House, sender: Sender, mail: Peer
) -> None:
    mailed(house, "li@example.net", "chen@example.net")

    envelopes = [taken["from"] for taken in mail.received()]
    assert len(set(envelopes)) == 2
    assert all(ReturnAddress(HOME).of(address[7:55]) == address for address in envelopes)
    assert all("<wishes@example.org>" in taken["mail"] for taken in mail.received())
    assert not any(taken["from"] in taken["mail"] for taken in mail.received())


def test_a_mail_that_comes_back_is_told_by_sms_and_its_address_is_left_alone(
    house: House, sender: Sender, mail: Peer, gateway: Peer
) -> None:
    gone, still_there = mailed(house, "failed.5.1.1.li@example.net", "chen@example.net")
    (report,) = mail.bounces()

    for _ in range(3):
        hand_in(house, sender, report)
    eventually(lambda: states(house, gone.id) == ["email refused", "sms accepted"])

    assert states(house, still_there.id) == ["email accepted"]
    assert ("opted_out", "receipt:5.1.1") in attempts(house)
    assert listed(house) == [("email", "provider", "5.1.1")]
    assert len(gateway.received()) == 1
    remind(house, gone)
    eventually(lambda: states(house, gone.id).count("sms accepted") == 2)
    assert "failed.5.1.1.li" not in house.dump()


def test_a_full_mailbox_makes_way_for_the_sms_and_is_tried_again_another_time(
    house: House, sender: Sender, mail: Peer
) -> None:
    (member,) = mailed(house, "failed.5.2.2.li@example.net")

    hand_in(house, sender, mail.bounces()[0])
    eventually(lambda: states(house, member.id) == ["email refused", "sms accepted"])

    assert ("permanent", "receipt:5.2.2") in attempts(house)
    assert listed(house) == []


def test_a_mail_that_is_only_late_is_waited_for(house: House, sender: Sender, mail: Peer) -> None:
    (member,) = mailed(house, "delayed.4.4.1.li@example.net")

    hand_in(house, sender, mail.bounces()[0])

    assert states(house, member.id) == ["email accepted"]


def test_what_was_forged_changes_nothing_and_is_told_nothing(
    house: House, sender: Sender, mail: Peer
) -> None:
    (member,) = mailed(house, "failed.5.1.1.li@example.net")
    envelope, report = mail.received()[0]["from"], mail.bounces()[0]
    changed = envelope[:30] + ("2" if envelope[30] != "2" else "3") + envelope[31:]
    strangers = ReturnAddress(HOME).of(return_token_of(house.seals, new_id(), 1))

    for forged in (changed, strangers, HOME, "bounce+@example.org"):
        hand_in(house, sender, report.replace(envelope, forged))

    assert states(house, member.id) == ["email accepted"]
    assert listed(house) == []


def test_an_answer_of_a_programme_is_taken_and_one_of_a_person_is_sent_back(
    house: House, sender: Sender, mail: Peer
) -> None:
    (member,) = mailed(house, "li@example.net")
    envelope = mail.received()[0]["from"]

    hand_in(house, sender, handed_in(bounces.OUT_OF_OFFICE, envelope))
    with pytest.raises(UnreadableBounce):
        hand_in(house, sender, handed_in(bounces.FROM_A_PERSON, envelope))

    assert states(house, member.id) == ["email accepted"]


@pytest.mark.parametrize(
    ("sample", "code", "left_alone"),
    [
        (words.QMAIL, "5.1.1", [("email", "provider", "5.1.1")]),
        (words.QMAIL_FOR_SOMEBODY_ELSE, "5.1.1", []),
        (words.EXIM, "in_words", []),
    ],
)
def test_a_mail_that_comes_back_in_words_is_told_by_sms_and_its_address_is_left_alone_where_they_say_it(
    house: House, sender: Sender, mail: Peer, sample: str, code: str, left_alone: list[tuple[str, str, str]]
) -> None:
    (member,) = mailed(house, "li@example.net")

    hand_in(house, sender, handed_in(sample, mail.received()[0]["from"]))
    eventually(lambda: states(house, member.id) == ["email refused", "sms accepted"])

    verdict = "opted_out" if code.startswith("5.1.") and left_alone else "permanent"
    assert (verdict, f"receipt:{code}") in attempts(house)
    assert listed(house) == left_alone


def test_words_that_mean_nothing_yet_change_nothing(house: House, sender: Sender, mail: Peer) -> None:
    (member,) = mailed(house, "li@example.net")
    envelope = mail.received()[0]["from"]

    hand_in(house, sender, handed_in(words.EXIM_STILL_TRYING, envelope))
    hand_in(house, sender, handed_in(words.CHALLENGE, envelope))

    assert states(house, member.id) == ["email accepted"]


def test_whoever_calls_a_mail_spam_is_sent_no_more_of_them_but_what_is_owed(
    house: House, sender: Sender, mail: Peer
) -> None:
    (member,) = mailed(house, "li@example.net")
    envelope = mail.received()[0]["from"]

    for _ in range(2):
        hand_in(house, sender, handed_in(a_complaint(mail_from=envelope), "fbl@example.org"))

    assert states(house, member.id) == ["email delivered"]
    assert listed(house) == [("email", "unsubscribe", "complaint")]
    remind(house, member)
    eventually(lambda: "sms accepted" in states(house, member.id))
    house.hear(a_code(house.seals, member.id), usecases.tell_of_sign_in_code)
    sender.nudge()
    eventually(lambda: len(mail.received()) == 2)


def test_a_complaint_that_was_made_up_changes_nothing(house: House, sender: Sender, mail: Peer) -> None:
    (member,) = mailed(house, "li@example.net")
    strangers = ReturnAddress(HOME).of(return_token_of(house.seals, new_id(), 1))
    forged = ReturnAddress(HOME).of("a" * 48)

    for envelope in (strangers, forged, "wishes@example.org"):
        hand_in(house, sender, handed_in(a_complaint(mail_from=envelope), "fbl@example.org"))

    assert states(house, member.id) == ["email accepted"]
    assert listed(house) == []


def test_a_report_on_an_earlier_try_changes_nothing(house: House, sender: Sender, mail: Peer) -> None:
    (member,) = mailed(house, "failed.5.1.1.li@example.net")
    with house.workshop.open() as work:
        work.session.execute(update(Delivery).values(tries=Delivery.tries + 1))

    hand_in(house, sender, mail.bounces()[0])

    assert states(house, member.id) == ["email accepted"]


def test_reports_quicker_than_the_answers_to_their_calls_wait_for_them(
    house: House, sender: Sender, mail: Peer
) -> None:
    mailed(house, "failed.5.1.1.li@example.net", "failed.5.2.2.chen@example.net")
    lent = {"state": "sending", "leased_until": clock.now().replace(year=2099)}
    with house.workshop.open() as work:
        work.session.execute(update(Delivery).values(lent))
    for report in mail.bounces():
        hand_in(house, sender, report)
    assert states(house) == ["email sending"] * 2

    with house.workshop.open() as work:
        work.session.execute(update(Delivery).values(state="accepted", leased_until=None))

    eventually(lambda: states(house).count("email refused") == 2)
    assert listed(house) == [("email", "provider", "5.1.1")]


def test_a_doubt_is_settled_by_the_mail_that_comes_back(house: House, sender: Sender, mail: Peer) -> None:
    (member,) = mailed(house, "failed.5.1.1.li@example.net")
    with house.workshop.open() as work:
        work.session.execute(update(Delivery).values(state="ambiguous", due_at=None))

    hand_in(house, sender, mail.bounces()[0])

    eventually(lambda: states(house, member.id) == ["email refused", "sms accepted"])


def test_an_address_that_changed_meanwhile_is_not_left_alone(
    house: House, sender: Sender, mail: Peer
) -> None:
    (member,) = mailed(house, "failed.5.1.1.li@example.net")
    moved = a_member(house.seals, id=member.id, email="li.new@example.net", version=2)
    house.hear(MembersChanged(members=[moved]), usecases.note_members)

    hand_in(house, sender, mail.bounces()[0])

    eventually(lambda: states(house, member.id) == ["email refused", "sms accepted"])
    assert listed(house) == []


def test_an_address_that_the_server_refuses_at_once_is_left_alone_too(
    house: House, sender: Sender, mail: Peer
) -> None:
    member = a_member(house.seals, email="550.wu@example.net")
    house.knows(members=[member])
    remind(house, member)
    eventually(lambda: states(house) == ["email refused", "sms accepted"])

    assert listed(house) == [("email", "provider", "550 5.1.1")]


def test_nobody_waits_for_a_report_on_a_mail_that_arrived(
    house: House, sender: Sender, simulated_clock: SimulatedClock
) -> None:
    mailed(house, "li@example.net")
    later(simulated_clock, days=2)

    assert hearing_of(sender.lines) == {}
    with house.workshop.open() as work:
        due: Any = work.session.execute(select(Delivery.due_at, Message.state).join(Message)).one()
    assert tuple(due) == (None, "planned")
