"""How SMS leave the house, to a real gateway that fails in every way it can."""

from functools import partial

import eventlet
import pytest
from msgspec.structs import replace
from sqlalchemy import select

from services.chassis.clock import SimulatedClock
from services.claims.contracts import WishesClaimed
from services.notify import usecases
from services.notify.contracts import MessageFigures
from services.notify.models import Attempt, Delivery
from services.notify.settings import NotifySettings
from services.wishes.contracts import WishesSubmitted
from tests.support.notify import House
from tests.support.notify_people import a_claim, a_member, a_resident
from tests.support.notify_sending import (
    attempts,
    eventually,
    figures,
    has_attempts,
    has_received,
    known,
    later,
    numbers,
    quick_settings,
    remind,
    sending,
    sms_settings,
    smtp_settings,
    states,
    taken_in,
)
from tests.support.peers import Peer


def test_an_sms_goes_out_once_with_its_signature_and_is_recorded(house: House, gateway: Peer) -> None:
    with sending(house, quick_settings(sms=sms_settings(gateway))):
        member = known(house)
        remind(house, member)
        eventually(lambda: states(house) == ["sms accepted"])

    (taken,) = gateway.received()
    assert taken["phone"] == "13800138000"
    assert taken["content"].startswith("【心愿树】提醒：您认领的心愿“一床厚棉被”")
    assert attempts(house) == [("accepted", "0")]
    with house.workshop.open() as work:
        delivery = work.session.execute(select(Delivery)).scalar_one()
        attempt = work.session.execute(select(Attempt)).scalar_one()
    assert str(delivery.id) == taken["id"]
    assert delivery.reference == attempt.reference == "sid-1"
    assert (attempt.provider, attempt.parts) == ("http", 1)


def test_events_heard_twice_and_at_once_bring_one_sms_each(house: House, gateway: Peer) -> None:
    with sending(house, quick_settings(sms=sms_settings(gateway))):
        member, resident = known(house), a_resident(house.seals)
        house.knows(residents=[resident])
        event = WishesClaimed(claims=[a_claim(member.id, resident.id) for _ in range(10)])
        pool = eventlet.GreenPool(4)
        for _ in range(4):
            pool.spawn(house.hear, event, usecases.tell_of_claims)
        pool.waitall()
        eventually(lambda: states(house) == ["sms accepted"] * 20)

    assert len(gateway.received()) == 20
    assert len({taken["id"] for taken in gateway.received()}) == 20
    assert figures(house) == MessageFigures(
        due=20, accepted=20, failed=0, in_doubt=0, under_way=0, lost=0, duplicates=0
    )


def test_what_a_gateway_cannot_take_now_is_tried_again_in_time(
    house: House, gateway: Peer, simulated_clock: SimulatedClock
) -> None:
    gateway.behave("status", status=503, times=2)
    with sending(house, quick_settings(sms=sms_settings(gateway))):
        remind(house, known(house))
        eventually(lambda: attempts(house) == [("retry", "503")])
        assert states(house) == ["sms failed"]
        eventlet.sleep(0.3)
        assert gateway.asked() == 1

        later(simulated_clock, seconds=13)
        eventually(lambda: len(attempts(house)) == 2)
        later(simulated_clock, seconds=25)
        eventually(lambda: states(house) == ["sms accepted"])

    assert len(gateway.received()) == 1


def test_what_fails_every_time_is_given_up_and_goes_by_mail(
    house: House, gateway: Peer, mail: Peer, simulated_clock: SimulatedClock
) -> None:
    gateway.behave("status", status=503)
    with sending(house, quick_settings(smtp_settings(mail), sms_settings(gateway))):
        remind(house, known(house, email="wang@example.org"))
        for number in range(1, 4):
            eventually(partial(has_attempts, house, number))
            later(simulated_clock, seconds=25)
        eventually(lambda: states(house) == ["sms failed", "email accepted"])

    assert [outcome for outcome, _ in attempts(house)] == ["retry", "retry", "retry", "accepted"]
    (taken,) = mail.received()
    assert taken["to"] == ["wang@example.org"]
    assert figures(house).accepted == 1


@pytest.mark.parametrize(("code", "verdict"), [("21", "permanent"), ("28", "opted_out")])
def test_a_refused_number_is_not_tried_again_and_the_mail_follows_at_once(
    house: House, gateway: Peer, mail: Peer, code: str, verdict: str
) -> None:
    gateway.behave("code", code=code)
    described = sms_settings(gateway, opted_out=("28",))
    with sending(house, quick_settings(smtp_settings(mail), described)):
        remind(house, known(house, email="wang@example.org"))
        eventually(lambda: states(house) == ["sms refused", "email accepted"])

    assert attempts(house) == [(verdict, code), ("accepted", "250")]


def test_where_every_way_is_refused_the_message_has_failed_and_still_lies_in_the_inbox(
    house: House, gateway: Peer
) -> None:
    gateway.behave("code", code="21")
    with sending(house, quick_settings(sms=sms_settings(gateway))):
        member = known(house, email="wang@example.org")
        remind(house, member)
        eventually(lambda: states(house) == ["sms refused"])

    assert figures(house).failed == 1
    assert len(house.inbox(member_id=member.id)) == 1


@pytest.mark.parametrize("manner", ["mute", "cut", "gateway_timeout", "prose"])
def test_an_answer_that_does_not_come_leaves_a_doubt_that_is_never_resent_blindly(
    house: House, gateway: Peer, mail: Peer, simulated_clock: SimulatedClock, manner: str
) -> None:
    gateway.behave(manner)
    with sending(house, quick_settings(smtp_settings(mail), sms_settings(gateway, timeout=2.0))):
        remind(house, known(house, email="wang@example.org"))
        eventually(lambda: states(house) == ["sms ambiguous"])
        for _ in range(4):
            later(simulated_clock, hours=1)
            eventlet.sleep(0.3)
        eventually(lambda: states(house) == ["sms unknown"])

    assert len(gateway.received()) == 1
    assert mail.received() == []
    assert figures(house).unknown == 1


def test_where_silence_would_be_worse_a_doubt_is_repeated_under_the_same_id(
    house: House, gateway: Peer, simulated_clock: SimulatedClock
) -> None:
    gateway.behave("mute", times=1)
    with sending(house, quick_settings(sms=sms_settings(gateway, timeout=5.0))):
        resident = a_resident(house.seals)
        house.knows(residents=[resident])
        house.hear(WishesSubmitted(wishes=[taken_in(house, resident.id)]), usecases.tell_of_wishes_submitted)
        eventually(lambda: states(house) == ["sms ambiguous"])
        eventlet.sleep(0.3)
        assert gateway.asked() == 1

        later(simulated_clock, seconds=61)
        eventually(lambda: states(house) == ["sms accepted"])

    first, second = gateway.received()
    assert first["id"] == second["id"]
    assert "830461" in second["content"]


def test_a_gateway_that_asks_for_patience_gets_it_and_that_is_no_failure(
    house: House, gateway: Peer, simulated_clock: SimulatedClock
) -> None:
    gateway.behave("status", status=429, headers={"Retry-After": "40"}, times=1)
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 5)]
    with sending(house, quick_settings(sms=sms_settings(gateway, concurrency=1))):
        house.knows(members=members)
        remind(house, *members)
        eventually(lambda: attempts(house) == [("wait", "429")])
        later(simulated_clock, seconds=30)
        eventlet.sleep(0.4)
        assert gateway.asked() == 1

        later(simulated_clock, seconds=11)
        eventually(lambda: states(house) == ["sms accepted"] * 5)

    with house.workshop.open() as work:
        assert set(work.session.execute(select(Delivery.failures)).scalars()) == {0}


def test_a_refused_account_stops_the_channel_until_its_pause_is_over(
    house: House, gateway: Peer, simulated_clock: SimulatedClock
) -> None:
    gateway.behave("status", status=401, times=1)
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 5)]
    with sending(house, quick_settings(sms=sms_settings(gateway, concurrency=1))):
        house.knows(members=members)
        remind(house, *members)
        eventually(lambda: attempts(house) == [("stop", "401")])
        eventlet.sleep(0.4)
        assert gateway.asked() == 1

        later(simulated_clock, seconds=31)
        eventually(lambda: states(house) == ["sms accepted"] * 5)


@pytest.mark.parametrize("encoding", ["json", "form", "query"])
def test_a_gateway_is_told_what_its_settings_say(house: House, gateway: Peer, encoding: str) -> None:
    settings = sms_settings(
        gateway,
        method="GET" if encoding == "query" else "POST",
        encoding=encoding,
        headers={"Authorization": "Bearer of-the-tests"},
        fields={"phone": "{{ phone }}", "content": "{{ text }}", "kind": "notice"},
    )
    with sending(house, quick_settings(sms=settings)):
        member = known(house, name='"},{"x":"&phone=1')
        remind(house, member)
        eventually(lambda: states(house) == ["sms accepted"])

    (taken,) = gateway.received()
    assert (taken["phone"], taken["kind"]) == ("+8613800138000", "notice")
    assert taken["headers"]["Authorization"] == "Bearer of-the-tests"
    assert taken["content"].endswith("没有关系。")


def together(gateway: Peer) -> NotifySettings:
    """Return settings of a gateway that takes many SMS in one call."""
    said = {"together": "messages", "shared": {"account": "city"}, "results_at": "results", "batch": 10}
    return quick_settings(sms=sms_settings(gateway, **said))


def test_many_sms_go_in_one_call_and_each_has_its_own_outcome(house: House, gateway: Peer) -> None:
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 4)]
    house.knows(members=members)
    gateway.behave("code", phone=numbers(1, 2)[0].removeprefix("+86"), code=21)
    with sending(house, together(gateway)) as sender:
        remind(house, *members)
        sender.nudge()
        eventually(lambda: len(attempts(house)) == 4)

    assert sorted(map(str, states(house))) == ["sms accepted"] * 3 + ["sms refused"]
    assert {said["account"] for said in gateway.received()} == {"city"}
    assert ("permanent", "21") in attempts(house)


def test_a_gateway_that_leaves_somebody_out_is_believed_about_nobody(house: House, gateway: Peer) -> None:
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 3)]
    house.knows(members=members)
    gateway.behave("forgetful", phone="all")
    with sending(house, together(gateway)) as sender:
        remind(house, *members)
        sender.nudge()
        eventually(lambda: len(attempts(house)) == 3)

    assert set(states(house)) == {"sms ambiguous"}


def test_a_gateway_that_answers_in_prose_is_read_by_an_expression(house: House, gateway: Peer) -> None:
    gateway.behave("prose")
    settings = sms_settings(gateway, code_at=None, code_pattern="(?P<code>thank)", accepted=("thank",))
    with sending(house, quick_settings(sms=settings)):
        remind(house, known(house))
        eventually(lambda: states(house) == ["sms accepted"])


def test_what_a_resident_writes_makes_no_link_and_no_signature_of_another_in_an_sms(
    house: House, gateway: Peer
) -> None:
    resident = a_resident(house.seals, phone="+8613900000000")
    house.knows(residents=[resident])
    taken = replace(taken_in(house, resident.id), title=house.seals.seal("【建设银行】积分到期 evil.cn/x"))
    with sending(house, quick_settings(sms=sms_settings(gateway))):
        house.hear(WishesSubmitted(wishes=[taken]), usecases.tell_of_wishes_submitted)
        eventually(lambda: has_received(gateway, 1))

    (sms,) = gateway.received()
    assert "「建设银行」积分到期 …" in sms["content"]
