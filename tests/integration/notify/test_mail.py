"""How mails leave the house, to a real mail server that fails in every way it can."""

from email import message_from_string
from email.policy import default
from typing import Any

import eventlet
import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.rights import Role
from services.directory.contracts import MemberCopy
from services.notify import usecases
from services.notify.channels.smtp import SmtpChannel
from services.points.contracts import FeedbackAnswered, FeedbackIssued
from tests.support.notify import STREET, House
from tests.support.notify_people import a_member, a_unit, an_account
from tests.support.notify_sending import (
    attempts,
    eventually,
    later,
    quick_settings,
    remind,
    sending,
    smtp_settings,
    states,
)
from tests.support.peers import Peer, peer
from tests.support.sms_accounts import a_parcel, codes, sent


def mailed(house: House, *addresses: str) -> list[MemberCopy]:
    """Return members who can only be reached by mail."""
    members = [a_member(house.seals, email=address) for address in addresses]
    house.knows(members=members)
    return members


BY_MAIL = {"claim_due_soon.member": ("email",)}


def test_each_recipient_of_a_batch_has_an_answer_of_its_own_on_one_connection(
    house: House, mail: Peer, simulated_clock: SimulatedClock
) -> None:
    settings = quick_settings(smtp_settings(mail, concurrency=1, batch=10), plans=BY_MAIL)
    names = ("li@example.org", "550.wu@example.org", "once451.he@example.org", "552.ma@example.org")
    with sending(house, settings):
        members = mailed(house, *names, "chen@example.org")
        remind(house, *members)
        eventually(lambda: len(attempts(house)) == 5)
        told = {name: states(house, member.id) for name, member in zip(names, members, strict=False)}
        assert told == {
            "li@example.org": ["email accepted"],
            "550.wu@example.org": ["email refused"],
            "once451.he@example.org": ["email failed"],
            "552.ma@example.org": ["email refused"],
        }
        later(simulated_clock, seconds=13)
        eventually(lambda: states(house, members[2].id) == ["email accepted"])

    received = mail.received()
    *at_first, at_last = [taken["to"] for taken in received]
    assert sorted(at_first) == [["chen@example.org"], [names[0]]]
    assert at_last == [names[2]]
    assert len({taken["peer"] for taken in received}) == 1
    assert set(attempts(house)) == {
        ("accepted", "250"),
        ("opted_out", "550 5.1.1"),
        ("permanent", "552 5.3.4"),
        ("retry", "451 4.7.1"),
    }


def test_a_mail_says_in_both_forms_what_the_inbox_says(house: House, mail: Peer) -> None:
    with sending(house, quick_settings(smtp_settings(mail), plans=BY_MAIL)):
        (member,) = mailed(house, "li@example.org")
        remind(house, member)
        eventually(lambda: states(house) == ["email accepted"])

    read = message_from_string(mail.received()[0]["mail"], policy=default)
    assert read["Subject"] == "还有3天：“一床厚棉被”"
    assert str(read["From"]) == "心愿树 <wishes@example.org>"
    plain, html = (
        part.get_content().replace("\r\n", "\n")
        for kind in ("plain", "html")
        if (part := read.get_body((kind,))) is not None
    )
    ((_, body),) = house.inbox(member_id=member.id)
    words, _, foot = plain.strip().rpartition("\n\n")
    assert words == body
    assert "/unsubscribe/" in foot
    assert "<h1" in html


@pytest.mark.parametrize("manner", ["mute", "cut"])
def test_a_mail_that_may_be_out_is_not_sent_again(
    house: House, mail: Peer, simulated_clock: SimulatedClock, manner: str
) -> None:
    with sending(house, quick_settings(smtp_settings(mail, timeout=5.0, batch=2), plans=BY_MAIL)):
        members = mailed(house, f"{manner}.li@example.org", "chen@example.org")
        remind(house, *members)
        eventually(lambda: len(attempts(house)) == 2)
        for _ in range(3):
            later(simulated_clock, hours=1)
            eventlet.sleep(0.2)
        eventually(lambda: states(house, members[0].id) == ["email unknown"])

    assert states(house, members[1].id) == ["email accepted"]
    assert len(mail.received()) == 2


def sent_to(mail: Peer, *addresses: str, **changes: Any) -> list[tuple[str, str]]:
    """Return class and code of what one batch to these addresses comes to."""
    parcels = [a_parcel(address, "claim_due_soon", {}) for address in addresses]
    return codes(sent(SmtpChannel(smtp_settings(mail, **changes)), *parcels))


def test_an_answer_without_a_code_to_the_mail_itself_is_a_doubt(mail: Peer) -> None:
    outcomes = sent_to(mail, "garbled.li@example.org", "chen@example.org")

    assert outcomes == [("ambiguous", "unreadable"), ("accepted", "250")]


def test_a_sender_that_is_not_ours_stops_the_account_although_it_is_said_of_a_recipient(mail: Peer) -> None:
    assert sent_to(mail, "not_ours.li@example.org") == [("stop", "553 5.7.1")]


def test_what_a_server_permits_to_nobody_is_meant_for_us_and_to_one_for_that_one(mail: Peer) -> None:
    alone = sent_to(mail, "denied.li@a.org", "denied.li@a.org", "denied.li@a.org", "denied.wu@b.org")
    in_a_row = sent_to(mail, "denied.li@a.org", "chen@c.org", *(f"denied.{n}@b.org" for n in range(4)))

    assert alone == [("permanent", "554 5.7.1")] * 4
    assert [verdict for verdict, _ in in_a_row] == [
        "permanent",
        "accepted",
        "permanent",
        "permanent",
        "stop",
        "stop",
    ]


def are_all_told(house: House) -> bool:
    return set(states(house)) == {"email accepted"}


def test_a_slow_server_costs_time_and_leaves_no_doubt(
    house: House, mail: Peer, simulated_clock: SimulatedClock
) -> None:
    slow = smtp_settings(mail, batch=5, concurrency=1, timeout=2.0)
    with sending(house, quick_settings(slow, plans=BY_MAIL, lease=4.0)):
        remind(house, *mailed(house, *(f"slow.{name}@example.org" for name in ("a", "b", "c", "d", "e"))))
        for _ in range(4):
            seen = len(attempts(house))
            eventually(lambda: len(attempts(house)) > seen or are_all_told(house))  # noqa: B023
            later(simulated_clock, seconds=2)
        eventually(lambda: are_all_told(house))

    assert ("wait", "not_begun") in attempts(house)
    assert len(mail.received()) == 5


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_travels_encrypted_and_signed_in(house: House, security: str) -> None:
    with peer("smtp", "--security", security, "--password", "right") as server:
        trusted = smtp_settings(
            server, security=security, ca_file=server.ca_file, username="us", password="right"
        )
        with sending(house, quick_settings(trusted, plans=BY_MAIL)):
            remind(house, *mailed(house, "li@example.org"))
            eventually(lambda: states(house) == ["email accepted"])


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"password": "wrong"}, "535 5.7.8"), ({"ca_file": None}, "SSLCertVerificationError")],
)
def test_a_server_that_refuses_us_or_that_we_do_not_trust_stops_the_channel(
    house: House, changes: dict[str, Any], code: str
) -> None:
    with peer("smtp", "--security", "starttls", "--password", "right") as server:
        said = {"security": "starttls", "ca_file": server.ca_file, "username": "us", "password": "right"}
        with sending(house, quick_settings(smtp_settings(server, **(said | changes)), plans=BY_MAIL)):
            remind(house, *mailed(house, "li@example.org"))
            eventually(lambda: attempts(house) == [("stop", code)])

    assert states(house) == ["email planned"]
    assert server.port


def test_units_and_officers_are_written_to(house: House, mail: Peer) -> None:
    with sending(house, quick_settings(smtp_settings(mail))):
        unit = a_unit(house.seals, email="office@example.org")
        officer = an_account(
            house.seals, Role.OFFICER, STREET, email=house.seals.seal("street@example.org"), language="en"
        )
        house.knows(units=[unit], accounts=[officer])
        report: dict[str, Any] = {"report_id": new_id(), "unit_id": unit.id, "period": "2026H2"}
        issued = FeedbackIssued(**report, members=40, taking_part=12, fulfilled=15)
        house.hear(issued, usecases.tell_of_feedback)
        house.hear(FeedbackAnswered(**report, street_path=STREET), usecases.tell_of_reply)
        eventually(lambda: states(house) == ["email accepted"] * 2)

    subjects = {
        mail["to"][0]: message_from_string(mail["mail"], policy=default)["Subject"]
        for mail in mail.received()
    }
    assert subjects == {
        "office@example.org": "2026年下半年双向反馈",
        "street@example.org": "区档案馆 has replied to its report",
    }


BOUNCES: dict[str, Any] = {"bounces": "bounce@example.org", "receipt_token": "a-token-that-nobody-can-guess"}


def test_a_server_that_can_is_asked_to_report_only_what_did_not_arrive_without_its_words() -> None:
    with peer("smtp", "--notifies") as server:
        parcel = a_parcel("li@example.org", "claim_due_soon", {}, letter="a" * 48)
        (outcome,) = sent(SmtpChannel(smtp_settings(server, **BOUNCES)), parcel)
        (without_bounces,) = sent(SmtpChannel(smtp_settings(server)), parcel)
        received = server.received()

    assert (outcome.code, without_bounces.code) == ("250", "250")
    asked = [taken["asked_for"] for taken in received]
    assert asked == [["RET=HDRS", f"ENVID={parcel.delivery_id}", "NOTIFY=FAILURE"], []]


def test_a_server_that_cannot_is_not_asked(mail: Peer) -> None:
    parcel = a_parcel("li@example.org", "claim_due_soon", {}, letter="a" * 48)

    (outcome,) = sent(SmtpChannel(smtp_settings(mail, **BOUNCES)), parcel)

    assert outcome.code == "250"


@pytest.mark.parametrize(("site", "has_click"), [("https://w.example.org", True), ("http://10.0.0.1", False)])
def test_one_click_is_promised_only_where_it_travels_encrypted(
    mail: Peer, site: str, has_click: bool
) -> None:
    parcel = a_parcel("li@example.org", "claim_due_soon", {}, unsubscribe=f"{site}/unsubscribe/abc")

    sent(SmtpChannel(smtp_settings(mail)), parcel)

    letter = message_from_string(mail.received()[0]["mail"], policy=default)
    assert letter["List-Unsubscribe"] == f"<{site}/unsubscribe/abc>"
    assert (letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click") is has_click


def test_an_address_of_another_alphabet_is_written_to_where_the_server_takes_it(mail: Peer) -> None:
    with peer("smtp", "--all-alphabets") as server:
        taken = sent_to(server, "李@例子.中国", "li@example.org")
        received = server.received()

    assert taken == [("accepted", "250"), ("accepted", "250")]
    assert [letter["to"] for letter in received] == [["李@xn--fsqu00a.xn--fiqs8s"], ["li@example.org"]]
    assert "To: 李@xn--fsqu00a.xn--fiqs8s\r\n" in received[0]["mail"]
    refused = sent_to(mail, "李@例子.中国", "li@例子.中国")
    assert refused == [("permanent", "another_alphabet"), ("accepted", "250")]
