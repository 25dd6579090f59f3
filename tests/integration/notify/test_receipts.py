"""Receipts pushed by providers: late, twice, out of order, forged; each delivery moves on once."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.refusals import Refusal
from services.chassis.settings import WrongSettings
from services.chassis.work import Workshop
from services.claims.contracts import ClaimsDueSoon
from services.directory.contracts import MembersChanged
from services.gateway.api.reading import Reader
from services.gateway.api.routes import ROUTES
from services.notify import usecases
from services.notify.channels import brought_channels
from services.notify.contracts import ReceiptsTaken, TakeReceipts, UnknownReceiver
from services.notify.models import Attempt, Delivery, Message
from services.notify.sender import Sender
from tests.support.notify import House
from tests.support.notify_gate import listed
from tests.support.notify_people import a_member, a_reminder
from tests.support.notify_sending import eventually, figures, numbers, quick_settings, sending, smtp_settings
from tests.support.peers import Peer
from tests.support.sms_accounts import aliyun_section, tencent_section
from tests.support.vendors import Vendor

TOKEN = "a-token-that-nobody-can-guess"
SECTIONS = {"aliyun": aliyun_section, "tencent": tencent_section}
PHONES = [phone.removeprefix("+86") for phone in numbers(0, 3)]


@pytest.fixture(params=SECTIONS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def house(
    workshop_of: Callable[[str], Workshop],
    simulated_clock: SimulatedClock,
    vendors: dict[str, Vendor],
    mail: Peer,
    kind: str,
) -> Iterator[House]:
    """A house whose three members were sent an SMS in one call, and that waits for receipts."""
    mail.reset()
    house = House(workshop_of("notify"), {})
    section = SECTIONS[kind](vendors[kind], receipt_token=TOKEN)
    with sending(house, quick_settings(smtp_settings(mail), channels={kind: section})) as sender:
        members = [
            a_member(house.seals, phone=f"+86{phone}", email=f"{phone}@example.org") for phone in PHONES
        ]
        house.knows(members=members)
        reminders = [a_reminder(member.id, 3) for member in members]
        house.hear(ClaimsDueSoon(claims=reminders), usecases.tell_of_claims_due_soon)
        sender.nudge()
        eventually(lambda: states(house) == ["sms accepted"] * 3)
        sender_of[id(house)] = sender
        members_of[id(house)] = {phone: member.id for phone, member in zip(PHONES, members, strict=True)}
        yield house


sender_of: dict[int, Sender] = {}
members_of: dict[int, dict[str, UUID]] = {}
"""The sender of a house and its members by their number."""


def states(house: House) -> list[str]:
    return sorted(str(how) for _, _, how in house.told())


def push(house: House, kind: str, *reports: Mapping[str, Any], token: str = TOKEN) -> ReceiptsTaken:
    """Let the provider push reports."""
    sender = sender_of[id(house)]
    command = TakeReceipts(provider=kind, token=token, reports=[dict(report) for report in reports])
    take = partial(usecases.take_receipts, sender.ways, sender.receivers)
    (answer,) = house.workshop.run_batch([command], take)
    sender.nudge()
    if isinstance(answer, Refusal):
        raise answer
    assert isinstance(answer, ReceiptsTaken)
    return answer


def report(
    house: House, kind: str, phone: str, *, arrived: bool = True, failure: str = "MK:0012"
) -> dict[str, Any]:
    """Return a report on the SMS to a number, as its vendor writes it."""
    with house.workshop.open() as work:
        sought = select(Delivery.reference).join(Message, Message.id == Delivery.message_id)
        mine = (Message.recipient_id == members_of[id(house)][phone]) & (Delivery.channel == "sms")
        reference = work.session.execute(sought.where(mine)).scalar_one()
    if kind == "aliyun":
        code = "DELIVERED" if arrived else failure
        said = {"phone_number": phone, "success": arrived, "err_code": code, "biz_id": reference}
        return said | {"out_id": "", "sms_size": "1", "send_time": "2026-11-02 12:00:00"}
    how, code = ("SUCCESS", "DELIVRD") if arrived else ("FAIL", failure)
    said = {"mobile": phone, "nationcode": "86", "sid": reference, "errmsg": code, "report_status": how}
    return said | {"user_receive_time": "2026-11-02 12:00:01"}


def test_a_receipt_moves_its_own_delivery_on_however_often_it_comes(house: House, kind: str) -> None:
    arrived = report(house, kind, PHONES[1])

    for _ in range(3):
        push(house, kind, arrived, arrived)

    assert states(house) == ["sms accepted", "sms accepted", "sms delivered"]
    assert receipts(house) == ["receipt:DELIVERED" if kind == "aliyun" else "receipt:DELIVRD"]
    assert figures(house).duplicates == 0


def test_a_no_that_is_quicker_than_the_answer_waits_for_it(house: House, kind: str) -> None:
    failed = report(house, kind, PHONES[0], arrived=False)
    change = update(Delivery).where(Delivery.id == delivery_to(house, PHONES[0]))
    with house.workshop.open() as work:
        under_way = {"state": "sending", "leased_until": clock.now() + timedelta(days=9999)}
        work.session.execute(change.values(under_way))

    push(house, kind, failed)
    assert "sms sending" in states(house)

    with house.workshop.open() as work:
        work.session.execute(change.values(state="accepted", leased_until=None))
    eventually(lambda: "sms refused" in states(house))


def receipts(house: House) -> list[str]:
    with house.workshop.open() as work:
        told = select(Attempt.code).where(Attempt.code.startswith("receipt:"))
        return list(work.session.execute(told).scalars())


def test_what_did_not_arrive_goes_by_mail_and_the_others_stay(house: House, kind: str, mail: Peer) -> None:
    push(house, kind, report(house, kind, PHONES[0], arrived=False), report(house, kind, PHONES[2]))

    eventually(lambda: "email accepted" in states(house))
    assert states(house) == ["email accepted", "sms accepted", "sms delivered", "sms refused"]
    assert mail.received()[0]["to"] == [f"{PHONES[0]}@example.org"]
    assert figures(house).duplicates == 0


# -- receipts that say to leave somebody alone

BLACKLISTED = {"aliyun": "MOBILE_IN_BLACK", "tencent": "MX:0012"}
"""What the vendors call a number that unsubscribed."""


def test_whom_a_receipt_names_as_unsubscribed_is_put_on_the_list_and_told_by_mail(
    house: House, kind: str, mail: Peer
) -> None:
    code = BLACKLISTED[kind]
    unsubscribed = report(house, kind, PHONES[0], arrived=False, failure=code)
    for _ in range(2):
        push(house, kind, unsubscribed, report(house, kind, PHONES[1], arrived=False))
    eventually(lambda: states(house).count("email accepted") == 2)

    assert listed(house) == [("phone", "provider", code)]
    assert sorted(receipts(house)) == sorted([f"receipt:{code}", "receipt:MK:0012"])
    remind(house)
    eventually(
        lambda: states(house).count("email accepted") == 3 and states(house).count("sms accepted") == 3
    )


def test_a_number_that_changed_meanwhile_is_not_left_alone(house: House, kind: str) -> None:
    unsubscribed = report(house, kind, PHONES[0], arrived=False, failure=BLACKLISTED[kind])
    unsubscribed |= {"out_id": str(delivery_to(house, PHONES[0]))}  # by which Aliyun's receipts are known
    moved = a_member(house.seals, id=members_of[id(house)][PHONES[0]], phone="+8613700000000", version=2)
    house.hear(MembersChanged(members=[moved]), usecases.note_members)

    push(house, kind, unsubscribed)

    assert listed(house) == []


def test_an_early_receipt_is_remembered_with_all_that_it_says(house: House, kind: str) -> None:
    unsubscribed = report(house, kind, PHONES[0], arrived=False, failure=BLACKLISTED[kind])
    change = update(Delivery).where(Delivery.id == delivery_to(house, PHONES[0]))
    with house.workshop.open() as work:
        under_way = {"state": "sending", "leased_until": clock.now() + timedelta(days=9999)}
        work.session.execute(change.values(under_way))
    push(house, kind, unsubscribed)
    assert listed(house) == []

    with house.workshop.open() as work:
        work.session.execute(change.values(state="accepted", leased_until=None))
    eventually(lambda: listed(house) == [("phone", "provider", BLACKLISTED[kind])])


def delivery_to(house: House, phone: str) -> UUID:
    with house.workshop.open() as work:
        sought = select(Delivery.id).join(Message, Message.id == Delivery.message_id)
        mine = (Message.recipient_id == members_of[id(house)][phone]) & (Delivery.channel == "sms")
        return work.session.execute(sought.where(mine)).scalar_one()


def remind(house: House) -> None:
    """Tell the three of another claim."""
    reminders = [a_reminder(member, 0) for member in members_of[id(house)].values()]
    house.hear(ClaimsDueSoon(claims=reminders), usecases.tell_of_claims_due_soon)
    sender_of[id(house)].nudge()


def test_the_first_word_about_a_delivery_is_the_last(house: House, kind: str) -> None:
    push(house, kind, report(house, kind, PHONES[0]))
    push(house, kind, report(house, kind, PHONES[0], arrived=False))

    assert states(house) == ["sms accepted", "sms accepted", "sms delivered"]


@pytest.mark.parametrize("token", ["", "another-token-of-the-same-len", "a-token", TOKEN[:-1], TOKEN + "s"])
def test_a_push_to_an_address_that_was_guessed_changes_nothing(house: House, kind: str, token: str) -> None:
    with pytest.raises(UnknownReceiver):
        push(house, kind, report(house, kind, PHONES[0]), token=token)
    with pytest.raises(UnknownReceiver):
        push(house, "pigeon", report(house, kind, PHONES[0]))

    assert states(house) == ["sms accepted"] * 3


@pytest.mark.parametrize(
    "change",
    [
        {"phone_number": "13900009999", "mobile": "13900009999"},
        {"phone_number": "", "mobile": None},
        {"biz_id": "unknown^0", "sid": "unknown"},
        {"biz_id": "", "sid": ""},
        {"success": "yes", "report_status": "PERHAPS"},
        {"success": None, "report_status": ["SUCCESS"]},
    ],
)
def test_a_report_that_means_nothing_of_ours_changes_nothing_and_is_answered_all_the_same(
    house: House, kind: str, change: dict[str, Any]
) -> None:
    answer = push(house, kind, report(house, kind, PHONES[0]) | change)

    assert (answer.code, answer.result, answer.errmsg) == (0, 0, "OK")
    assert states(house) == ["sms accepted"] * 3


def test_what_one_account_says_of_the_sms_of_another_changes_nothing(house: House, kind: str) -> None:
    sender = sender_of[id(house)]
    with house.workshop.open() as work:
        marks = work.session.scalars(select(Delivery.id)).all()
    named = [report(house, kind, phone, arrived=False) for phone in PHONES]
    marked = [{"out_id": str(mark), "success": False, "report_status": "FAIL"} for mark in marks]
    told = TakeReceipts(provider="another", token=TOKEN, reports=[*named, *marked])
    take = partial(usecases.take_receipts, sender.ways, {"another": sender.receivers[kind]})

    (answer,) = house.workshop.run_batch([told], take)

    assert isinstance(answer, ReceiptsTaken)
    assert states(house) == ["sms accepted"] * 3


def test_no_number_of_a_receipt_is_kept(house: House, kind: str) -> None:
    push(house, kind, report(house, kind, PHONES[0]) | {"err_code": PHONES[0], "errmsg": PHONES[0]})

    assert receipts(house) == ["receipt:other"]
    assert PHONES[0] not in house.dump()


# -- the address of the receipts


def test_a_push_is_a_list_and_the_address_says_who_pushes() -> None:
    route = next(route for route in ROUTES if route.contract is TakeReceipts)
    reader = Reader(route)
    environ = {"CONTENT_TYPE": "application/json;charset=utf-8"}

    fields = reader.fields(environ, {"provider": "aliyun", "token": TOKEN}, b' [{"success": true}, {}]')

    assert fields == {"provider": "aliyun", "token": TOKEN, "reports": [{"success": True}, {}]}


@pytest.mark.parametrize("token", ["short", "with/a/slash/and-long-enough", "mit ä und lang genug dafür"])
def test_an_address_that_could_be_guessed_or_not_be_written_is_refused(
    vendors: dict[str, Vendor], token: str
) -> None:
    with pytest.raises(WrongSettings, match="receipt_token"):
        brought_channels({"aliyun": aliyun_section(vendors["aliyun"], receipt_token=token)})
