"""The end of doubts: who can be asked is asked first, what must be heard repeated, a late word believed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.work import Workshop
from services.claims.contracts import DispatchesMoved
from services.notify import usecases
from services.notify.channels.asking import Known, Word
from services.notify.channels.receipts import Receipt
from services.notify.domain import Hearing, Outcome, RetryPolicy, Verdict
from services.notify.usecases import Loan, Result, record
from services.notify.usecases.asking import Doubt, doubts_to_ask, settle
from services.notify.usecases.receipts import apply
from tests.support.notify import House
from tests.support.notify_gate import BOTH, lent, sent
from tests.support.notify_people import a_step
from tests.support.notify_sending import (
    attempts,
    eventually,
    figures,
    known,
    later,
    quick_settings,
    remind,
    sending,
    smtp_settings,
    states,
)
from tests.support.peers import Peer
from tests.support.sms_accounts import aliyun_section, tencent_section
from tests.support.vendors import Vendor

PHONE, MAIL = "+8613900000000", "wang@example.org"
MUTE = Outcome(Verdict.AMBIGUOUS, "timeout", "the-call")
ASKED = {"told": "urgent_dispatch.member", "id": "1100", "text": "急需帮忙：{1}。", "variables": ["title"]}
ASKED_BY_NAME = ASKED | {"id": "SMS_1100", "text": "急需帮忙：${title}。", "variables": {"title": "title"}}


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    return House(workshop_of("notify"), BOTH)


def ask(house: House, **changes: Any) -> None:
    """Ask a member about an urgent wish: being told twice is the lesser evil."""
    member = known(house, phone=PHONE, **changes)
    step = a_step("proposed", member.id, None, answer_by=clock.now() + timedelta(hours=4))
    house.hear(DispatchesMoved(moves=[step]), usecases.tell_of_dispatches)


def has_doubts(house: House, number: int) -> bool:
    return attempts(house) == [("ambiguous", "disconnected")] * number


def has_calls(played: Vendor, number: int) -> bool:
    return len(played.calls()) == number


# -- where the provider can be asked


def test_what_must_be_heard_is_asked_about_before_it_is_repeated(
    house: House, vendors: dict[str, Vendor], simulated_clock: SimulatedClock
) -> None:
    section = aliyun_section(vendors["aliyun"], templates=[ASKED_BY_NAME])
    vendors["aliyun"].behave("mute", times=1, seconds=0.1)
    with sending(house, quick_settings(channels={"aliyun": section})) as sender:
        ask(house)
        sender.nudge()
        eventually(lambda: states(house) == ["sms ambiguous"])
        later(simulated_clock, seconds=11)
        eventually(lambda: states(house) == ["sms delivered"])

    assert len(vendors["aliyun"].accepted()) == 1


def test_what_must_be_heard_is_repeated_when_the_questions_are_used_up_and_then_goes_by_mail(
    house: House, vendors: dict[str, Vendor], mail: Peer, simulated_clock: SimulatedClock
) -> None:
    tencent = vendors["tencent"]
    section = tencent_section(tencent, templates=[ASKED])
    tencent.behave("lost")
    with sending(house, quick_settings(smtp_settings(mail), channels={"tencent": section})) as sender:
        ask(house, email=MAIL)
        sender.nudge()
        for doubts in (1, 2, 3):
            eventually(partial(has_doubts, house, doubts))
            for asked in (1, 2):
                later(simulated_clock, seconds=11)
                eventually(partial(has_calls, tencent, 3 * (doubts - 1) + 1 + asked))
        eventually(lambda: states(house) == ["sms unknown", "email accepted"])

    assert len(mail.received()) == 1
    assert [outcome for outcome, _ in attempts(house)] == ["ambiguous"] * 3 + ["accepted"]
    assert figures(house).duplicates == 0


def test_a_doubt_is_not_ended_while_somebody_asks_about_it(
    house: House, simulated_clock: SimulatedClock
) -> None:
    house.ways = askable(house)
    ask(house)
    assert sent(house, "sms", MUTE) == 1
    later(simulated_clock, minutes=8)  # nobody came to ask for so long that its time is over
    doubts = asked_about(house)

    house.keep()
    assert states(house) == ["sms ambiguous"]
    with house.workshop.open() as work:
        words = {doubt.delivery_id: Word(Known.ARRIVED) for doubt in doubts}
        assert settle(work.session, house.ways, doubts, words, clock.now()) == 1

    assert states(house) == ["sms delivered"]


def test_what_the_books_say_of_an_earlier_try_says_nothing_of_the_one_after_it(
    house: House, simulated_clock: SimulatedClock
) -> None:
    house.ways = askable(house)
    ask(house)
    assert sent(house, "sms", MUTE) == 1
    later(simulated_clock, minutes=8)
    doubts = asked_about(house)
    later(simulated_clock, minutes=2)
    house.keep()
    assert sent(house, "sms", MUTE) == 1

    with house.workshop.open() as work:
        words = {doubt.delivery_id: Word(Known.FAILED) for doubt in doubts}
        assert settle(work.session, house.ways, doubts, words, clock.now()) == 0

    assert states(house) == ["sms ambiguous"]


def test_a_doubt_about_whose_question_nothing_was_heard_ends_when_that_must_be_over(
    house: House, simulated_clock: SimulatedClock
) -> None:
    house.ways = askable(house)
    ask(house)
    sent(house, "sms", MUTE)
    later(simulated_clock, minutes=8)
    asked_about(house)  # and whoever asked is killed

    later(simulated_clock, minutes=2)
    house.keep()

    assert states(house) == ["sms planned"]  # sent again: silence would be worse


def test_after_a_night_in_which_all_was_down_the_provider_is_asked_first(
    house: House, simulated_clock: SimulatedClock
) -> None:
    ask(house)
    sent(house, "sms", MUTE)
    later(simulated_clock, hours=2)
    house.ways = askable(house, asks_since=clock.now())

    house.keep()
    assert states(house) == ["sms ambiguous"]
    later(simulated_clock, minutes=61)
    house.keep()

    assert states(house) == ["sms planned"]


def askable(house: House, **changes: Any) -> usecases.Ways:
    """Return the ways of a house whose SMS provider can be asked."""
    return replace(house.ways, hearing={"sms": Hearing.ANSWERS}, **changes)


def asked_about(house: House) -> list[Doubt]:
    with house.workshop.open() as work:
        return doubts_to_ask(work.session, house.ways, "sms", "sms", clock.now())


# -- what is learned late


def doubted(house: House, **changes: Any) -> None:
    """Let a member be told, whose provider says nothing any more until nobody expects it to."""
    remind(house, known(house, phone=PHONE, **changes))
    assert sent(house, "sms", MUTE) == 1


@pytest.mark.parametrize(
    ("known_as", "becomes"),
    [(Known.ARRIVED, ["sms delivered"]), (Known.FAILED, ["sms refused", "email planned"])],
)
def test_a_receipt_is_believed_of_what_nobody_would_know(
    house: House, simulated_clock: SimulatedClock, known_as: Known, becomes: list[str]
) -> None:
    doubted(house, email=MAIL)
    later(simulated_clock, minutes=6)
    house.keep()
    assert states(house) == ["sms unknown"]
    assert (figures(house).unknown, figures(house).in_doubt) == (1, 0)

    tell(house, known_as)

    assert states(house) == becomes


def test_an_answer_that_outlived_its_lease_is_believed_of_what_nobody_would_know(
    house: House, simulated_clock: SimulatedClock
) -> None:
    remind(house, known(house, phone=PHONE))
    (loan,) = lent(house, "sms")
    answer(house, loan, MUTE)
    later(simulated_clock, minutes=6)
    house.keep()
    assert states(house) == ["sms unknown"]

    answer(house, loan, Outcome(Verdict.ACCEPTED, "ok"))

    assert states(house) == ["sms accepted"]


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.PERMANENT, Verdict.RETRY, Verdict.AMBIGUOUS])
def test_an_answer_to_an_earlier_try_says_nothing_of_the_one_after_it(
    house: House, simulated_clock: SimulatedClock, verdict: Verdict
) -> None:
    ask(house)
    (first,) = lent(house, "sms")
    answer(house, first, MUTE)
    later(simulated_clock, seconds=21)
    house.keep()
    (second,) = lent(house, "sms")

    answer(house, first, Outcome(verdict, "late"))
    assert states(house) == ["sms sending"]
    answer(house, second, MUTE)
    answer(house, first, Outcome(verdict, "later still"))
    assert states(house) == ["sms ambiguous"]

    answer(house, second, Outcome(Verdict.ACCEPTED, "ok"))
    assert states(house) == ["sms accepted"]


def answer(house: House, loan: Loan, outcome: Outcome) -> None:
    """Write down what came of a try."""
    with house.workshop.open() as work:
        result = Result(loan, outcome, clock.now(), 1)
        record(work.session, house.ways, RetryPolicy(), [result], clock.now(), 0.0)


def test_what_went_another_way_meanwhile_stays_unknown(house: House, simulated_clock: SimulatedClock) -> None:
    ask(house, email=MAIL)
    for _ in range(3):
        assert sent(house, "sms", MUTE) == 1
        later(simulated_clock, seconds=21)
        house.keep()
    assert states(house) == ["sms unknown", "email planned"]

    tell(house, Known.ARRIVED)
    assert states(house) == ["sms unknown", "email planned"]
    assert sent(house, "email") == 1
    tell(house, Known.ARRIVED)

    assert states(house) == ["sms unknown", "email accepted"]
    assert figures(house).duplicates == 0


def test_a_doubt_about_which_nobody_came_to_ask_is_not_ended_before_somebody_does(
    house: House, simulated_clock: SimulatedClock
) -> None:
    house.ways = replace(house.ways, hearing={"sms": Hearing.ANSWERS})
    doubted(house)
    later(simulated_clock, hours=8)
    house.keep()
    assert states(house) == ["sms ambiguous"]

    later(simulated_clock, hours=1)
    house.keep()

    assert states(house) == ["sms unknown"]


def tell(house: House, known_as: Known) -> None:
    """Push a receipt."""
    with house.workshop.open() as work:
        apply(work, house.ways, "sms", [Receipt(known_as, PHONE[3:], reference="the-call")], clock.now())
