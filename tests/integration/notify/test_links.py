"""The link of a mail that stops such mails: where it stands, what it does, and what has none."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_string
from email.policy import default
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.rights import ANYONE
from services.chassis.work import Workshop
from services.claims.contracts import DispatchesMoved, DispatchMove
from services.gateway.api.reading import Reader
from services.gateway.api.routes import ROUTES
from services.notify import usecases
from services.notify.channels import AddressKind
from services.notify.contracts import (
    UnknownLetter,
    Unsubscribe,
)
from services.notify.models import Delivery
from services.notify.usecases.letter_tokens import token_of
from services.points.contracts import FeedbackIssued
from tests.support.notify import COMMUNITY, House
from tests.support.notify_gate import listed
from tests.support.notify_people import a_code, a_member, a_unit
from tests.support.notify_sending import (
    eventually,
    known,
    quick_settings,
    remind,
    sending,
    smtp_settings,
    states,
)
from tests.support.peers import Peer

PHONE, MAIL = "+8613912345678", "Jin.Que@example.org"


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    return House(workshop_of("notify"), {"email": AddressKind.EMAIL})


def test_a_mail_says_how_to_stop_them_and_one_click_does(house: House, mail: Peer) -> None:
    settings = quick_settings(smtp_settings(mail), plans={"claim_due_soon.member": ("email",)})
    with sending(house, settings) as sender:
        someone = a_member(house.seals, phone=PHONE, email=MAIL)
        house.knows(members=[someone])
        remind(house, someone)
        sender.nudge()
        eventually(lambda: states(house) == ["email accepted"])
        letter = message_from_string(mail.received()[0]["mail"], policy=default)
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        link = str(letter["List-Unsubscribe"]).strip("<>")
        assert link.startswith("https://wishes.example.org/unsubscribe/")
        bodies = [part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"]
        assert [body.count(link) for body in bodies] == [1, 2]  # in HTML, what it shows and where it leads
        token = link.rpartition("/")[2]
        assert not any(canary in link for canary in (MAIL.lower(), "jin", str(someone.id), someone.id.hex))

        for _ in range(2):
            house.workshop.run(Unsubscribe(by=ANYONE, token=token), usecases.unsubscribe)
        remind(house, someone)

    assert sorted(map(str, states(house))) == ["email accepted", "inbox delivered"]
    assert listed(house) == [("email", "unsubscribe", "one_click")]


def test_what_is_owed_to_somebody_has_no_such_link(house: House, mail: Peer) -> None:
    unit = a_unit(house.seals, email="unit@example.org")
    with sending(house, quick_settings(smtp_settings(mail))) as sender:
        house.knows(units=[unit])
        issued = FeedbackIssued(
            report_id=new_id(), unit_id=unit.id, period="2026H2", members=3, taking_part=2, fulfilled=1
        )
        house.hear(issued, usecases.tell_of_feedback)
        sender.nudge()
        eventually(lambda: states(house) == ["email accepted"])

    assert has_no_link(mail)


@pytest.mark.parametrize("topic", ["urgent_dispatch", "sign_in_code"])
def test_what_comes_all_the_same_has_no_such_link(house: House, mail: Peer, topic: str) -> None:
    with sending(house, quick_settings(smtp_settings(mail), plans={f"{topic}.member": ("email",)})) as sender:
        someone = a_member(house.seals, email=MAIL)
        house.knows(members=[someone])
        if topic == "sign_in_code":
            house.hear(a_code(house.seals, someone.id), usecases.tell_of_sign_in_code)
        else:
            house.hear(an_urgent_dispatch(someone.id), usecases.tell_of_dispatches)
        sender.nudge()
        eventually(lambda: states(house) == ["email accepted"])

    assert has_no_link(mail)


def an_urgent_dispatch(member_id: UUID) -> DispatchesMoved:
    said: dict[str, Any] = {"title": "一床厚棉被", "wish_code": "XY-1234", "area_path": COMMUNITY}
    proposed = DispatchMove(
        **said,
        dispatch_id=new_id(),
        wish_id=new_id(),
        member_id=member_id,
        worker_id=None,
        how="proposed",
        is_urgent=True,
        answer_by=clock.now() + timedelta(hours=4),
    )
    return DispatchesMoved(moves=[proposed])


def has_no_link(mail: Peer) -> bool:
    """Say whether the only mail that went out says nowhere how to stop such mails."""
    (taken,) = mail.received()
    letter = message_from_string(taken["mail"], policy=default)
    bodies = [part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"]
    return letter["List-Unsubscribe"] is None and not any("/unsubscribe/" in body for body in bodies)


def test_a_token_that_was_made_up_changes_nothing(house: House) -> None:
    remind(house, known(house, email=MAIL))
    token = token_of(house.seals, a_delivery(house))
    strangers = token_of(house.seals, new_id())
    forged = [token[:-1] + ("0" if token[-1] != "0" else "1"), token[:32], "", "x" * 64, strangers, "退" * 64]
    for wrong in forged:
        with pytest.raises(UnknownLetter):
            house.workshop.run(Unsubscribe(token=wrong), usecases.unsubscribe)

    assert listed(house) == []


def a_delivery(house: House) -> UUID:
    with house.workshop.open() as work:
        return work.session.execute(select(Delivery.id)).scalar_one()


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])
def test_one_click_is_understood_whatever_the_mail_programme_sends(kind: str) -> None:
    route = next(route for route in ROUTES if route.contract is Unsubscribe)
    body = b"List-Unsubscribe=One-Click"
    assert Reader(route).fields({"CONTENT_TYPE": kind}, {"token": "t"}, body) == {"token": "t"}
