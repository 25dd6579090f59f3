"""Receipts that come early, late or never: everything ends in one state, and what does not is cried out."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import eventlet
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select, text

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.work import Workshop
from services.claims.contracts import ClaimsDueSoon
from services.notify import queries, usecases
from services.notify.channels import AddressKind
from services.notify.channels.asking import Known, Word
from services.notify.channels.receipts import Receipt
from services.notify.contracts import ListUnended, RetryDelivery
from services.notify.domain import Outcome, RetryPolicy, Verdict
from services.notify.models import Attempt, EarlyReceipt, Recipient
from services.notify.sender import Sender
from services.notify.sender.auditor import Auditor
from services.notify.settings import NotifySettings
from services.notify.usecases import Loan, Result, lend, record, settle_early
from services.notify.usecases.asking import Doubt
from services.notify.usecases.overdue_receipts import settle_overdue
from services.notify.usecases.receipts import apply
from tests.support.notify import OPERATOR, House
from tests.support.notify_gate import listed
from tests.support.notify_people import a_member, a_reminder
from tests.support.notify_sending import eventually, later, numbers, quick_settings, sending, smtp_settings
from tests.support.peers import Peer
from tests.support.sms_accounts import aliyun_section, tencent_section
from tests.support.vendors import Vendor

LEASE = timedelta(minutes=5)
TOKEN = "a-token-that-nobody-can-guess"
SECTIONS = {"aliyun": aliyun_section, "tencent": tencent_section}
PHONES = [phone.removeprefix("+86") for phone in numbers(0, 2)]


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    return House(workshop_of("notify"), {"sms": AddressKind.PHONE})


def settings(vendors: dict[str, Vendor], kind: str, mail: Peer, **changes: Any) -> NotifySettings:
    section = SECTIONS[kind](vendors[kind], receipt_token=TOKEN)
    return quick_settings(smtp_settings(mail), channels={kind: section}, **changes)


def remind(house: House) -> None:
    members = [a_member(house.seals, phone=f"+86{phone}", email=f"{phone}@example.org") for phone in PHONES]
    house.knows(members=members)
    reminders = [a_reminder(member.id, 3) for member in members]
    house.hear(ClaimsDueSoon(claims=reminders), usecases.tell_of_claims_due_soon)


def remind_again(house: House) -> None:
    with house.workshop.open() as work:
        members = work.session.execute(select(Recipient.id)).scalars().all()
    reminders = [a_reminder(member, 1) for member in members]
    house.hear(ClaimsDueSoon(claims=reminders), usecases.tell_of_claims_due_soon)


def lent(house: House) -> list[Loan]:
    terms: dict[str, Any] = {"channel": "sms", "provider": "tencent", "lanes": (0, 2), "most": 5}
    with house.workshop.open() as work:
        return lend(work.session.connection(), **terms, lease=LEASE, now=clock.now()).loans


def answer(house: House, loans: Sequence[Loan], *outcomes: Outcome) -> None:
    """Write down what came of loans: one outcome for all, or one for each."""
    pairs = zip(loans, outcomes if len(outcomes) == len(loans) else outcomes * len(loans), strict=True)
    results = [Result(loan, outcome, clock.now(), 1) for loan, outcome in pairs]
    with house.workshop.open() as work:
        record(work.session, house.ways, RetryPolicy(), results, clock.now(), 0.5)


def states(house: House) -> list[str]:
    return sorted(str(how) for _, _, how in house.told())


# -- late


@pytest.mark.parametrize("kind", SECTIONS)
def test_a_receipt_that_does_not_come_is_asked_for(
    house: House, vendors: dict[str, Vendor], mail: Peer, kind: str, simulated_clock: SimulatedClock
) -> None:
    code = "MOBILE_IN_BLACK" if kind == "aliyun" else "MX:0012"
    failed: dict[str, Any] = {"status": 2 if kind == "aliyun" else "FAIL", "code": code}
    vendors[kind].behave("details", for_=f"details {PHONES[1]}", **failed)
    with sending(house, settings(vendors, kind, mail)) as sender:
        remind(house)
        sender.nudge()
        eventually(lambda: states(house) == ["sms accepted"] * 2)
        later(simulated_clock, minutes=31)

        eventually(lambda: states(house) == ["email accepted", "sms delivered", "sms refused"])

    with house.workshop.open() as work:
        asked = select(Attempt.code).where(Attempt.code.startswith("asked:")).order_by(Attempt.code)
        assert len(work.session.execute(asked).all()) == 2
    assert listed(house) == [("phone", "provider", code)]


def test_what_the_books_say_of_an_earlier_try_says_nothing_of_the_one_after_it(house: House) -> None:
    remind(house)
    first, *others = lent(house)
    answer(house, [first, *others], Outcome(Verdict.ACCEPTED, "Ok", "2640:1"))
    phone = house.seals.open(str(first.phone))[-11:]
    hear(house, Receipt(Known.FAILED, phone, mark=str(first.delivery_id), reference="2640:1"))
    again = RetryDelivery(by=OPERATOR, delivery_id=first.delivery_id)
    house.workshop.run(again, usecases.retry_delivery)
    answer(house, lent(house), Outcome(Verdict.ACCEPTED, "Ok", "2640:2"))

    of_first = Doubt(first.delivery_id, "tencent", 1, 1, None, "2640:1", clock.now(), str(first.topic))
    words = {first.delivery_id: Word(Known.FAILED, "MX:0012")}
    with house.workshop.open() as work:
        assert settle_overdue(work.session, house.ways, [of_first], words, clock.now()) == 0

    assert states(house) == ["sms accepted"] * 2


def test_what_never_comes_to_an_end_is_listed_after_a_day_and_asked_about_no_more(
    house: House, vendors: dict[str, Vendor], mail: Peer, simulated_clock: SimulatedClock
) -> None:
    vendors["tencent"].behave("details", for_=f"details {PHONES[0]}", status="UNHEARD_OF")
    vendors["tencent"].behave("details", for_=f"details {PHONES[1]}", status="SUCCESS")
    with sending(house, settings(vendors, "tencent", mail)) as sender:
        remind(house)
        sender.nudge()
        eventually(lambda: states(house) == ["sms accepted"] * 2)
        for _ in range(8):
            later(simulated_clock, hours=7)
            eventually(lambda: is_nothing_due(house))
        found = Auditor(sender).audit()
        listed = house.workshop.read(ListUnended(by=OPERATOR), partial(queries.list_unended, sender.awaited))

    assert states(house) == ["sms accepted", "sms delivered"]
    assert found == 1
    assert [(one.provider, one.state, one.number) for one in listed.items] == [("tencent", "accepted", 1)]


def is_nothing_due(house: House) -> bool:
    due = text("SELECT NOT EXISTS (SELECT FROM notify.delivery WHERE state = 'accepted' AND due_at <= :now)")
    with house.workshop.engine.connect() as connection:
        return bool(connection.execute(due, {"now": clock.now()}).scalar_one())


class SetClock(SimulatedClock):
    """A clock of a host that stood still meanwhile, or was set."""

    is_simulated = False


def test_what_never_came_to_an_end_is_found_a_day_later_though_the_host_stood_still(
    house: House, simulated_clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notify.sender.auditor.LOOK_EVERY", 0.02, raising=False)
    named = {"channel": "sms", "provider": "tencent", "state": "ambiguous"}
    remind(house)
    in_doubt(house)
    hands = SetClock(simulated_clock.path)
    clock.go_by(hands)
    sender = Sender(house.workshop, quick_settings(), "https://wishes.example.org")
    auditing = eventlet.spawn(Auditor(sender).run)
    eventlet.sleep(0.1)

    later(hands, days=1, seconds=1)
    eventually(lambda: REGISTRY.get_sample_value("wishtree_deliveries_without_end", named) == 2)
    sender.stop()
    auditing.wait()


# -- early


def test_receipts_that_come_before_the_answer_to_their_call_are_kept_and_applied(
    house: House, simulated_clock: SimulatedClock
) -> None:
    remind(house)
    loans = lent(house)
    outcomes = [Outcome(Verdict.ACCEPTED, "Ok", f"2640:{n}") for n, _ in enumerate(loans)]
    known = (Known.ARRIVED, Known.FAILED)
    receipts = [
        Receipt(how, house.seals.open(str(loan.phone))[-11:], reference=outcome.reference)
        for how, loan, outcome in zip(known, loans, outcomes, strict=True)
    ]
    for _ in range(2):
        with house.workshop.open() as work:
            apply(work, house.ways, "tencent", receipts, clock.now())
    assert states(house) == ["sms sending"] * 2
    assert kept(house) == 2

    answer(house, loans, *outcomes)
    with house.workshop.open() as work:
        settle_early(work, house.ways, LEASE, clock.now())

    assert states(house) == ["sms delivered", "sms refused"]
    assert kept(house) == 0
    assert PHONES[0] not in house.dump()


def test_receipts_of_what_is_not_ours_are_forgotten(house: House, simulated_clock: SimulatedClock) -> None:
    foreign = [Receipt(Known.ARRIVED, "13700000000", reference="not ours")]
    with house.workshop.open() as work:
        apply(work, house.ways, "tencent", foreign, clock.now())
    assert kept(house) == 1

    later(simulated_clock, minutes=16)
    with house.workshop.open() as work:
        settle_early(work, house.ways, LEASE, clock.now())

    assert kept(house) == 0


def test_a_receipt_of_a_provider_that_carried_it_before_another_is_forgotten(
    house: House, simulated_clock: SimulatedClock
) -> None:
    remind(house)
    loans = lent(house)
    answer(house, loans, Outcome(Verdict.ACCEPTED, "Ok", "2640:1"))
    late = Receipt(Known.ARRIVED, PHONES[0], mark=str(loans[0].delivery_id), reference="of Aliyun")
    with house.workshop.open() as work:
        apply(work, house.ways, "aliyun", [late], clock.now())
    for _ in range(4):
        later(simulated_clock, minutes=5)
        with house.workshop.open() as work:
            assert settle_early(work, house.ways, LEASE, clock.now()) == 0

    assert kept(house) == 0


# -- of calls that were never answered


def test_a_receipt_without_a_call_settles_the_one_doubt_about_its_number(
    house: House, simulated_clock: SimulatedClock
) -> None:
    remind(house)
    in_doubt(house)
    known = (Known.ARRIVED, Known.FAILED)
    said = zip(known, PHONES, strict=True)
    hear(house, *(Receipt(how, phone, reference=f"2640:{phone}") for how, phone in said))

    assert states(house) == ["sms delivered", "sms refused"]
    assert kept(house) == 0


def test_a_receipt_without_a_call_settles_nothing_while_it_may_be_about_another(
    house: House, simulated_clock: SimulatedClock
) -> None:
    remind(house)
    in_doubt(house)
    remind_again(house)  # the same people have two messages in doubt now
    in_doubt(house)
    hear(house, Receipt(Known.ARRIVED, PHONES[0], reference="2640:1"))

    assert states(house) == ["sms ambiguous"] * 4
    assert kept(house) == 1


def test_a_receipt_without_a_call_settles_nothing_while_another_call_is_under_way(
    house: House, simulated_clock: SimulatedClock
) -> None:
    remind(house)
    in_doubt(house)
    remind_again(house)
    loans = lent(house)
    hear(house, Receipt(Known.ARRIVED, PHONES[0], reference="2640:1"))
    assert states(house) == ["sms ambiguous"] * 2 + ["sms sending"] * 2

    answer(house, loans, Outcome(Verdict.ACCEPTED, "Ok", "2640:1"))
    hear(house)

    assert states(house) == ["sms accepted", "sms ambiguous", "sms ambiguous", "sms delivered"]


def test_what_was_heard_before_a_call_could_begin_is_not_about_it(
    house: House, simulated_clock: SimulatedClock
) -> None:
    hear(house, Receipt(Known.ARRIVED, PHONES[0], reference="of another house"))
    later(simulated_clock, minutes=6)
    remind(house)
    in_doubt(house)
    hear(house)

    assert states(house) == ["sms ambiguous"] * 2


def hear(house: House, *receipts: Receipt) -> None:
    with house.workshop.open() as work:
        apply(work, house.ways, "tencent", receipts, clock.now())
    with house.workshop.open() as work:
        settle_early(work, house.ways, LEASE, clock.now())


def in_doubt(house: House) -> None:
    """Lend what is due to a sender that hears nothing."""
    answer(house, lent(house), Outcome(Verdict.AMBIGUOUS, "timeout"))


def kept(house: House) -> int:
    with house.workshop.open() as work:
        return len(work.session.execute(select(EarlyReceipt.reference)).all())
