"""Who wants to be left alone is: told by providers, answers, links in mails and officers."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.mailbox import mailbox_for
from services.chassis.refusals import NotPermitted
from services.chassis.rights import Actor, Grant, Role
from services.chassis.work import Workshop
from services.directory.contracts import MemberCopy, MembersChanged
from services.gateway.api.reading import Reader
from services.gateway.api.routes import ROUTES
from services.notify import usecases
from services.notify.channels import AddressKind
from services.notify.channels.providers import Line, lines_of, repliers_of
from services.notify.channels.replies import TakesReplies
from services.notify.channels.sms_http import SmsHttpChannel
from services.notify.contracts import (
    CheckSuppression,
    LiftSuppression,
    SuppressAddress,
    TakeReplies,
    UnknownReceiver,
    UnusableContact,
)
from services.notify.domain import Manners, Outcome, Verdict
from services.notify.models import Base, Message
from services.notify.settings import SmsSettings
from services.notify.usecases.indexing import index_recipients
from services.wishes.contracts import WishesSubmitted
from tests.support.notify import OPERATOR, House
from tests.support.notify_gate import decide, lent, listed, polite, sent
from tests.support.notify_people import a_code, a_member, a_resident
from tests.support.notify_sending import (
    figures,
    quick_settings,
    remind,
    states,
    taken_in,
)
from tests.support.sms_accounts import aliyun_section, tencent_section
from tests.support.vendors import vendor

PHONE, MAIL = "+8613912345678", "Jin.Que@example.org"
TOKEN = "an-address-that-nobody-can-guess"


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    return polite(House(workshop_of("notify"), {}), Manners())


@pytest.fixture
def member(house: House) -> MemberCopy:
    known = a_member(house.seals, phone=PHONE, email=MAIL)
    house.knows(members=[known])
    return known


def suppress(house: House, contact: str) -> None:
    house.workshop.run(SuppressAddress(by=OPERATOR, contact=contact), usecases.suppress_address)


# -- what follows from it


def test_a_suppressed_phone_is_passed_over_and_the_mail_goes_out(house: House, member: MemberCopy) -> None:
    suppress(house, PHONE)

    remind(house, member)

    assert states(house) == ["email planned"]


def test_with_every_address_suppressed_the_inbox_is_left(house: House, member: MemberCopy) -> None:
    suppress(house, PHONE)
    suppress(house, MAIL.lower())  # mail addresses are the same in capitals

    remind(house, member)

    assert states(house) == ["inbox delivered"]
    assert decide(house, member_id=member.id).suppressed == ["email", "phone"]


def test_a_resident_without_an_inbox_is_unreachable_and_the_message_says_why(house: House) -> None:
    resident = a_resident(house.seals, phone=PHONE)
    house.knows(residents=[resident])
    house.workshop.run(SuppressAddress(by=OPERATOR, contact=PHONE), usecases.suppress_address)
    mark_as_provider(house)

    house.hear(WishesSubmitted(wishes=[taken_in(house, resident.id)]), usecases.tell_of_wishes_submitted)

    with house.workshop.open() as work:
        told = work.session.execute(select(Message.state, Message.reason)).one()
        assert tuple(told) == ("unreachable", "suppressed")
    assert (figures(house).failed, figures(house).unreachable) == (1, 1)


def mark_as_provider(house: House) -> None:
    with house.workshop.open() as work:
        work.session.execute(text("UPDATE notify.suppression SET source = 'provider'"))


def test_whoever_is_suppressed_after_planning_is_not_sent_to_and_the_mail_follows(
    house: House, member: MemberCopy
) -> None:
    remind(house, member)
    suppress(house, PHONE)

    assert lent(house, "sms") == []
    house.keep()

    assert states(house) == ["sms suppressed", "email planned"]
    assert figures(house).under_way == 1


def test_answers_and_codes_reach_whoever_asked_to_be_left_alone(house: House, member: MemberCopy) -> None:
    resident = a_resident(house.seals, phone=PHONE)
    house.knows(residents=[resident])
    suppress(house, PHONE)

    house.hear(WishesSubmitted(wishes=[taken_in(house, resident.id)]), usecases.tell_of_wishes_submitted)
    code = a_code(house.seals, member.id)
    house.hear(code, usecases.tell_of_sign_in_code)

    assert {str(loan.topic) for loan in lent(house, "sms")} == {"wish_received", "sign_in_code"}


def test_not_even_a_code_goes_to_a_number_that_the_provider_itself_holds_back(house: House) -> None:
    suppress(house, "+8613800138000")  # to which the code is to go, whoever's number that was
    mark_as_provider(house)

    house.hear(a_code(house.seals, new_id()), usecases.tell_of_sign_in_code)

    assert lent(house, "sms") == []
    assert figures(house).failed == 1


def test_a_code_that_was_planned_is_not_sent_where_the_provider_holds_the_number_back_meanwhile(
    house: House, member: MemberCopy
) -> None:
    house.hear(a_code(house.seals, member.id), usecases.tell_of_sign_in_code)
    suppress(house, "+8613800138000")
    mark_as_provider(house)

    assert lent(house, "sms") == []
    assert states(house) == ["sms suppressed"]


def test_a_changed_number_is_another_address(house: House, member: MemberCopy) -> None:
    suppress(house, PHONE)
    moved = a_member(house.seals, id=member.id, phone="+8613700000000", version=2)
    house.hear(MembersChanged(members=[moved]), usecases.note_members)

    remind(house, member)

    assert states(house) == ["sms planned"]


def test_people_who_were_known_before_there_were_indexes_are_indexed(
    house: House, member: MemberCopy
) -> None:
    with house.workshop.open() as work:
        work.session.execute(text("UPDATE notify.recipient SET phone_index = NULL, email_index = NULL"))
    suppress(house, PHONE)

    with house.workshop.open() as work:
        assert index_recipients(work) == 1
        assert index_recipients(work) == 0
    remind(house, member)

    assert states(house) == ["email planned"]


def test_an_address_that_no_key_opens_is_looked_at_once(house: House, member: MemberCopy) -> None:
    with house.workshop.open() as work:
        damaged = "UPDATE notify.recipient SET phone = 'k1.AAAA', phone_index = NULL"
        work.session.execute(text(damaged))
    with house.workshop.open() as work:
        assert [index_recipients(work), index_recipients(work)] == [1, 0]


# -- providers


def test_whom_a_provider_holds_back_is_put_on_the_list_and_not_tried_again(
    house: House, member: MemberCopy
) -> None:
    remind(house, member)
    assert sent(house, "sms", Outcome(Verdict.OPTED_OUT, "PhoneNumberInBlacklist")) == 1
    assert states(house) == ["sms refused", "email planned"]
    assert listed(house) == [("phone", "provider", "PhoneNumberInBlacklist")]

    remind(house, member)

    assert states(house).count("sms planned") == 0
    assert states(house).count("email planned") == 2


def test_a_chat_that_wants_no_more_is_forgotten_until_it_is_named_again(
    house: House, member: MemberCopy
) -> None:
    polite(house, Manners(), telegram=AddressKind.OWN)
    house.ways = usecases.Ways(
        house.ways.addresses, {"claim_due_soon.member": ("telegram",)}, house.ways.versions
    )
    with house.workshop.open() as work:
        noted = "INSERT INTO notify.handle VALUES (:id, 'telegram', :at, now())"
        work.session.execute(text(noted), {"id": member.id, "at": house.seals.seal("4711")})
    remind(house, member)
    sent(house, "telegram", Outcome(Verdict.OPTED_OUT, "403"))

    remind(house, member)

    assert sorted(map(str, states(house))) == ["inbox delivered", "telegram refused"]
    assert listed(house) == []


# -- answers to SMS


@pytest.fixture(params=["aliyun", "tencent", "http"])
def replier(request: pytest.FixtureRequest) -> Iterator[tuple[str, TakesReplies]]:
    if request.param == "http":
        told: dict[str, Any] = {"url": "http://127.0.0.1:9/send"}
        told |= {"fields": {"to": "{{ phone }}", "text": "{{ text }}"}}
        described = SmsSettings(**told, receipt_token=TOKEN, reply_phone="from", reply_text="message")
        channel = SmsHttpChannel(described)
        yield "http", channel
        channel.close()
        return
    with vendor(request.param) as running:
        section = {"aliyun": aliyun_section, "tencent": tencent_section}[request.param]
        lines = lines_with(request.param, section(running, receipt_token=TOKEN))
        yield request.param, repliers_of(lines)[request.param]
        for line in lines.values():
            line.close()


def lines_with(kind: str, section: dict[str, Any]) -> dict[str, Line]:
    return lines_of(quick_settings(channels={kind: section}))


def reply(kind: str, words: str, phone: str = PHONE) -> dict[str, Any]:
    """Return an answer as its vendor pushes it."""
    national = phone.removeprefix("+86")
    if kind == "aliyun":
        said = {"phone_number": national, "content": words, "send_time": "2026-11-02 12:00:00"}
        return said | {"sign_name": "心愿树", "dest_code": "1", "sequence_id": 1}
    if kind == "tencent":
        return {"mobile": national, "nationcode": "86", "text": words, "sign": "心愿树", "time": 1793592000}
    return {"from": phone, "message": words}


def push(
    house: House, replier: tuple[str, TakesReplies], *replies: dict[str, Any], token: str = TOKEN
) -> None:
    kind, receiver = replier
    command = TakeReplies(provider=kind, token=token, replies=list(replies))
    house.workshop.run(command, partial(usecases.take_replies, {kind: receiver}))


def test_who_answers_td_is_left_alone_however_often_it_is_pushed(
    house: House, member: MemberCopy, replier: tuple[str, TakesReplies]
) -> None:
    kind, _ = replier
    for _ in range(2):
        push(house, replier, reply(kind, "TD"), reply(kind, "谢谢你们", phone="+8613700000001"))

    assert listed(house) == [("phone", "reply", kind)]
    remind(house, member)
    assert states(house) == ["email planned"]
    assert not any(canary in house.dump() for canary in (PHONE, PHONE[3:], "谢谢你们", "13700000001"))


def test_answers_pushed_to_an_address_that_was_guessed_change_nothing(
    house: House, replier: tuple[str, TakesReplies]
) -> None:
    with pytest.raises(UnknownReceiver):
        push(house, replier, reply(replier[0], "TD"), token="guessed")
    with pytest.raises(UnknownReceiver):
        push(house, ("pigeon", replier[1]), reply(replier[0], "TD"), token="")

    assert listed(house) == []


@pytest.mark.parametrize("odd", [{}, {"phone_number": None}, {"mobile": [], "text": "TD"}, {"from": "x"}])
def test_answers_that_nobody_can_read_are_taken_and_change_nothing(
    house: House, replier: tuple[str, TakesReplies], odd: dict[str, Any]
) -> None:
    push(house, replier, odd, reply(replier[0], "TD", phone="12"))

    assert listed(house) == []


def test_an_answer_may_come_alone_or_in_a_list() -> None:
    route = next(route for route in ROUTES if route.contract is TakeReplies)
    environ = {"CONTENT_TYPE": "application/json"}
    where = {"provider": "tencent", "token": TOKEN}
    for body in (b'{"text": "TD"}', b'[{"text": "TD"}]'):
        assert Reader(route).fields(environ, where, body) == where | {"replies": [{"text": "TD"}]}


# -- officers, and the person


def test_an_officer_puts_an_address_on_the_list_and_takes_it_off_and_both_are_recorded(house: House) -> None:
    suppress(house, PHONE)
    suppress(house, PHONE)
    asked = CheckSuppression(by=OPERATOR, contact=PHONE)
    (entry,) = house.workshop.read(asked, usecases.check_suppression).items
    assert (entry.kind, entry.source, entry.since) == ("phone", "officer", clock.now())

    house.workshop.run(LiftSuppression(by=OPERATOR, contact=PHONE), usecases.lift_suppression)

    assert house.workshop.read(asked, usecases.check_suppression).items == []
    with house.workshop.open() as work:
        audit = mailbox_for(Base.metadata).audit
        recorded = work.session.execute(select(audit.c.action).order_by(audit.c.id)).scalars().all()
    assert recorded == ["address_suppressed", "address_suppressed", "suppression_lifted"]
    assert PHONE not in house.dump()


@pytest.mark.parametrize("contact", ["", "13912345678", "+86", "nobody", "a@b\n.org", "+8613912345678 x"])
def test_what_is_no_address_is_refused(house: House, contact: str) -> None:
    with pytest.raises(UnusableContact):
        suppress(house, contact)


def test_an_officer_of_one_street_does_not_decide_for_the_city(house: House) -> None:
    local = Actor(account_id=new_id(), grants=(Grant(Role.OPERATOR, "/zk/"),))
    with pytest.raises(NotPermitted):
        house.workshop.run(SuppressAddress(by=local, contact=PHONE), usecases.suppress_address)


def test_people_take_their_own_addresses_off_the_list_but_not_off_that_of_a_provider(
    house: House, member: MemberCopy
) -> None:
    suppress(house, PHONE)
    suppress(house, MAIL)
    with house.workshop.open() as work:
        provided = "UPDATE notify.suppression SET source = 'provider' WHERE kind = 'email'"
        work.session.execute(text(provided))

    assert decide(house, member_id=member.id, resumes=True).suppressed == ["email"]
