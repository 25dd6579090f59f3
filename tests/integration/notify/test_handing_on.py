"""What one provider lacks the words for: the next of the channel is tried, and somebody hears of it once."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select, text
from structlog.testing import capture_logs

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.work import Workshop
from services.directory.contracts import MemberCopy
from services.notify.domain import Outcome, Verdict
from services.notify.models import Attempt, Delivery
from services.notify.settings import NotifySettings
from services.notify.usecases import Loan, Result
from services.notify.usecases.calls import begin_call
from services.notify.usecases.handing_on import hand_on
from tests.support.notify import House
from tests.support.notify_gate import BOTH, lent
from tests.support.notify_people import a_member
from tests.support.notify_sending import (
    eventually,
    known,
    later,
    numbers,
    quick_settings,
    remind,
    sending,
    smtp_settings,
    states,
)
from tests.support.peers import Peer
from tests.support.sms_accounts import aliyun_section, tencent_section
from tests.support.vendors import Vendor

ORDER = {"sms": ("aliyun", "tencent")}
LAPSED = "isv.SMS_TEMPLATE_ILLEGAL"
MAIL = "wang@example.org"


@pytest.fixture
def house(workshop_of: Callable[[str], Workshop], simulated_clock: SimulatedClock) -> House:
    return House(workshop_of("notify"), BOTH)


def settings(vendors: dict[str, Vendor], mail: Peer, **aliyun: Any) -> NotifySettings:
    """Return the settings of a house that sends SMS through Aliyun, then Tencent, and mails."""
    sections = {
        "aliyun": aliyun_section(vendors["aliyun"], **aliyun),
        "tencent": tencent_section(vendors["tencent"]),
    }
    return quick_settings(smtp_settings(mail), channels=sections, providers=ORDER)


def attempts(house: House) -> list[tuple[str, str, str]]:
    with house.workshop.open() as work:
        made = select(Attempt.provider, Attempt.outcome, Attempt.code).order_by(Attempt.id)
        return [(provider, outcome, code) for provider, outcome, code in work.session.execute(made)]


def test_what_the_first_provider_has_no_template_for_goes_out_through_the_second(
    house: House, vendors: dict[str, Vendor], mail: Peer
) -> None:
    with sending(house, settings(vendors, mail, templates=[])):
        remind(house, known(house, email=MAIL))
        eventually(lambda: states(house) == ["sms accepted"])

    assert attempts(house) == [("aliyun", "elsewhere", "no_template"), ("tencent", "accepted", "Ok")]
    assert vendors["aliyun"].calls() == []
    with house.workshop.open() as work:
        (delivery,) = work.session.scalars(select(Delivery))
    assert (delivery.provider, delivery.tries, delivery.failures) == ("tencent", 1, 0)


def test_a_template_that_lapsed_at_the_vendor_is_cried_out_once_and_costs_nobody_their_sms(
    house: House, vendors: dict[str, Vendor], mail: Peer
) -> None:
    before = turned_away()
    people = numbers(0, 12)
    for phone in people:
        vendors["aliyun"].behave("code", for_=phone[3:], code=LAPSED)
    with capture_logs() as logs, sending(house, settings(vendors, mail, batch=3)) as sender:
        remind(house, *members(house, people))
        sender.nudge()
        eventually(lambda: states(house) == ["sms accepted"] * 12)

    assert len(vendors["tencent"].accepted()) == 12
    told = [(one["provider"], one["code"]) for one in logs if one["event"] == "provider_lacks_words"]
    assert told == [("aliyun", LAPSED)]
    assert turned_away() - before == 12


def test_the_mail_follows_only_when_no_provider_has_the_words(
    house: House, vendors: dict[str, Vendor], mail: Peer
) -> None:
    vendors["tencent"].behave(
        "code", for_="13800138000", code="FailedOperation.TemplateIncorrectOrUnapproved"
    )
    with sending(house, settings(vendors, mail, templates=[])):
        remind(house, known(house, email=MAIL))
        eventually(lambda: states(house) == ["sms refused", "email accepted"])

    outcomes = [(provider, outcome) for provider, outcome, _ in attempts(house)]
    assert outcomes == [("aliyun", "elsewhere"), ("tencent", "elsewhere"), ("smtp", "accepted")]


def test_a_doubt_about_what_was_handed_on_is_settled_by_who_had_it_last(
    house: House, vendors: dict[str, Vendor], mail: Peer, simulated_clock: SimulatedClock
) -> None:
    vendors["tencent"].behave("mute", times=1, seconds=0.1)
    with sending(house, settings(vendors, mail, templates=[])):
        remind(house, known(house, email=MAIL))
        eventually(lambda: states(house) == ["sms ambiguous"])
        later(simulated_clock, seconds=61)
        eventually(lambda: states(house) == ["sms delivered"])

    assert vendors["aliyun"].calls() == []
    assert len(vendors["tencent"].accepted()) == 1


def test_what_another_provider_has_the_words_for_waits_while_that_one_rests(
    house: House, vendors: dict[str, Vendor], mail: Peer, simulated_clock: SimulatedClock
) -> None:
    with sending(house, settings(vendors, mail, templates=[])) as sender:
        _, spare = sender.lines["sms"].providers
        spare.rest(clock.now() + timedelta(seconds=40))
        remind(house, known(house, email=MAIL))
        eventually(lambda: attempts(house) == [("aliyun", "wait", "no_template")])
        assert states(house) == ["sms planned"]

        later(simulated_clock, seconds=41)
        eventually(lambda: states(house) == ["sms accepted"])


def test_a_no_that_comes_when_its_lease_is_over_ends_the_doubt_and_the_mail_follows(
    house: House, vendors: dict[str, Vendor], mail: Peer
) -> None:
    vendors["aliyun"].behave("say", times=1, content={"Code": LAPSED}, seconds=2)
    with sending(house, settings(vendors, mail)):
        remind(house, known(house, email=MAIL))
        eventually(lambda: vendors["aliyun"].calls())
        end_lease(house)
        assert states(house) == ["sms ambiguous"]

        eventually(lambda: states(house) == ["sms refused", "email accepted"])


def test_what_was_handed_on_and_not_called_again_is_no_doubt(house: House) -> None:
    remind(house, known(house))
    (loan,), call = lent(house, "sms"), new_id()
    lacking = Result(loan, Outcome(Verdict.ELSEWHERE, LAPSED), clock.now(), 1, call)
    with house.workshop.open() as work:
        assert begin_call(work.session.connection(), call, [loan])
    assert len(handed_on(house, lacking)) == 1

    end_lease(house)

    assert states(house) == ["sms planned"]


def test_what_was_lost_meanwhile_is_nobodys_to_hand_on(house: House) -> None:
    remind(house, known(house))
    (loan,) = lent(house, "sms")
    lacking = Result(loan, Outcome(Verdict.ELSEWHERE, LAPSED), clock.now(), 1)

    end_lease(house)
    assert handed_on(house, lacking) == []
    assert (states(house), len(lent(house, "sms"))) == (["sms planned"], 1)
    assert handed_on(house, lacking) == []  # somebody else has it in their hands

    assert states(house) == ["sms sending"]
    with house.workshop.open() as work:
        assert work.session.scalars(select(Delivery.provider)).all() == ["sms"]


def handed_on(house: House, lacking: Result) -> list[Loan]:
    with house.workshop.open() as work:
        return hand_on(work.session, [lacking], "tencent", timedelta(minutes=2))


def end_lease(house: House) -> None:
    """Let whoever has something in their hands be gone."""
    with house.workshop.open() as work:
        work.session.execute(text("UPDATE notify.delivery SET leased_until = now() - interval '1 s'"))
    house.keep()


def members(house: House, phones: Sequence[str]) -> list[MemberCopy]:
    """Let notify know members with these phones, and mail addresses."""
    found = [a_member(house.seals, phone=phone, email=f"{phone[1:]}@example.org") for phone in phones]
    house.knows(members=found)
    return found


def turned_away() -> float:
    named = {"channel": "sms", "provider": "aliyun", "topic": "claim_due_soon"}
    return REGISTRY.get_sample_value("wishtree_deliveries_turned_away_total", named) or 0.0
