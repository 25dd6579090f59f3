"""Doubts that a provider can settle: it is asked, believed, and nothing goes out twice."""

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

import eventlet
import pytest
from alibabacloud_dysmsapi20170525 import models as aliyun_models
from alibabacloud_dysmsapi20170525.client import Client as AliyunClient
from alibabacloud_tea_openapi.utils_models import Config
from sqlalchemy import select
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models as tencent_models
from tencentcloud.sms.v20210111.sms_client import SmsClient

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.claims.contracts import ClaimsDueSoon
from services.directory.contracts import MemberCopy
from services.notify import usecases
from services.notify.channels.asking import CanBeAsked, Known, Question, Word
from services.notify.models import Delivery
from services.notify.settings import NotifySettings
from tests.support.notify import House
from tests.support.notify_gate import listed
from tests.support.notify_people import a_member, a_reminder
from tests.support.notify_sending import (
    attempts,
    eventually,
    later,
    numbers,
    quick_settings,
    sending,
    smtp_settings,
)
from tests.support.peers import Peer
from tests.support.sms_accounts import (
    aliyun_channel,
    aliyun_section,
    patience,
    reminder,
    sent,
    tencent_channel,
    tencent_section,
)
from tests.support.vendor_sms import APP_ID, KEY_ID, KEY_SECRET
from tests.support.vendors import Vendor

SECTIONS = {"aliyun": aliyun_section, "tencent": tencent_section}


def settings(
    vendors: dict[str, Vendor], kind: str, mail: Peer | None = None, **changes: Any
) -> NotifySettings:
    section = SECTIONS[kind](vendors[kind], **({"timeout": 2.0} | changes))
    return quick_settings(smtp_settings(mail) if mail else None, channels={kind: section})


def remind(house: House, *members: MemberCopy) -> None:
    house.knows(members=list(members))
    reminders = [a_reminder(member.id, 3) for member in members]
    house.hear(ClaimsDueSoon(claims=reminders), usecases.tell_of_claims_due_soon)


def states(house: House) -> list[str]:
    return sorted(str(how) for _, _, how in house.told())


@pytest.mark.parametrize("kind", SECTIONS)
def test_an_sms_that_is_out_is_found_in_the_books_and_not_sent_again(
    house: House, vendors: dict[str, Vendor], simulated_clock: SimulatedClock, kind: str
) -> None:
    vendors[kind].behave("mute", times=1)
    with sending(house, settings(vendors, kind)) as sender:
        remind(house, *(a_member(house.seals, phone=phone) for phone in numbers(0, 3)))
        sender.nudge()
        eventually(lambda: states(house) == ["sms ambiguous"] * 3)
        later(simulated_clock, seconds=61)
        eventually(lambda: states(house) == ["sms delivered"] * 3)

    assert len(vendors[kind].accepted()) == 3
    arrived = "asked:DELIVERED" if kind == "aliyun" else "asked:DELIVRD"
    assert attempts(house) == [("ambiguous", "timeout")] * 3 + [("accepted", arrived)] * 3


def test_an_sms_whose_receipt_is_awaited_has_been_accepted(
    house: House, vendors: dict[str, Vendor], simulated_clock: SimulatedClock
) -> None:
    vendors["aliyun"].behave("mute", times=1)
    vendors["aliyun"].behave("status", for_="details 13900000000", status=1, code="")
    with sending(house, settings(vendors, "aliyun")):
        remind(house, a_member(house.seals, phone="+8613900000000"))
        eventually(lambda: states(house) == ["sms ambiguous"])
        later(simulated_clock, seconds=61)
        eventually(lambda: states(house) == ["sms accepted"])


@pytest.mark.parametrize(("kind", "status"), [("aliyun", 2), ("tencent", "FAIL")])
def test_an_sms_that_did_not_arrive_makes_way_for_the_mail(
    house: House,
    vendors: dict[str, Vendor],
    mail: Peer,
    simulated_clock: SimulatedClock,
    kind: str,
    status: Any,
) -> None:
    mail.reset()
    vendors[kind].behave("mute", times=1)
    vendors[kind].behave("status", for_="details 13900000000", status=status, code="MK:0012")
    with sending(house, settings(vendors, kind, mail)):
        remind(house, a_member(house.seals, phone="+8613900000000", email="wang@example.org"))
        eventually(lambda: states(house) == ["sms ambiguous"])
        assert mail.received() == []
        later(simulated_clock, seconds=61)
        eventually(lambda: states(house) == ["email accepted", "sms refused"])

    assert ("permanent", "asked:MK:0012") in attempts(house)
    assert len(mail.received()) == 1


@pytest.mark.parametrize(("kind", "code"), [("aliyun", "MOBILE_IN_BLACK"), ("tencent", "MX:0012")])
def test_whom_the_books_name_as_unsubscribed_is_left_alone(
    house: House, vendors: dict[str, Vendor], simulated_clock: SimulatedClock, kind: str, code: str
) -> None:
    vendors[kind].behave("mute", times=1)
    status = 2 if kind == "aliyun" else "FAIL"
    vendors[kind].behave("status", for_="details 13900000000", status=status, code=code)
    with sending(house, settings(vendors, kind)):
        remind(house, a_member(house.seals, phone="+8613900000000"))
        eventually(lambda: states(house) == ["sms ambiguous"])
        later(simulated_clock, seconds=61)
        eventually(lambda: ("opted_out", f"asked:{code}") in attempts(house))

    assert listed(house) == [("phone", "provider", code)]


def test_an_sms_that_is_not_in_the_books_is_sent_after_the_second_question(
    house: House, vendors: dict[str, Vendor], simulated_clock: SimulatedClock
) -> None:
    vendors["aliyun"].behave("lost", times=1)
    with sending(house, settings(vendors, "aliyun")):
        remind(house, a_member(house.seals, phone="+8613900000000"))
        eventually(lambda: states(house) == ["sms ambiguous"])
        later(simulated_clock, seconds=61)
        eventually(lambda: asked(vendors["aliyun"]) == 1)
        eventlet.sleep(0.3)
        assert states(house) == ["sms ambiguous"]

        later(simulated_clock, seconds=121)
        eventually(lambda: states(house) == ["sms accepted"])

    assert len(vendors["aliyun"].accepted()) == 1
    assert attempts(house)[-2:] == [("retry", "asked:never"), ("accepted", "OK")]


def has_calls(played: Vendor, number: int) -> bool:
    return len(played.calls()) == number


def asked(aliyun: Vendor) -> int:
    actions = [call["headers"]["x-acs-action"] for call in aliyun.calls()]
    return actions.count("QuerySendDetails")


def test_where_silence_proves_nothing_a_doubt_is_asked_about_five_times_and_then_unknown_for_good(
    house: House, vendors: dict[str, Vendor], simulated_clock: SimulatedClock
) -> None:
    vendors["tencent"].behave("lost", times=1)
    with sending(house, settings(vendors, "tencent")):
        remind(house, a_member(house.seals, phone="+8613900000000"))
        eventually(lambda: states(house) == ["sms ambiguous"])
        for number, delay in enumerate((61, 121, 601, 3601, 21601), start=1):
            assert states(house) == ["sms ambiguous"]
            later(simulated_clock, seconds=delay)
            eventually(partial(has_calls, vendors["tencent"], 1 + number))
        eventually(lambda: states(house) == ["sms unknown"])
        later(simulated_clock, hours=7)
        eventlet.sleep(0.5)

    assert states(house) == ["sms unknown"]
    assert len(vendors["tencent"].calls()) == 6


@pytest.mark.parametrize(
    "manner", [{"manner": "mute"}, {"manner": "status", "status": 500}, {"manner": "cut"}]
)
@pytest.mark.parametrize("kind", SECTIONS)
def test_books_that_cannot_be_read_say_nothing(
    vendors: dict[str, Vendor], kind: str, manner: dict[str, Any]
) -> None:
    make = aliyun_channel if kind == "aliyun" else tencent_channel
    channel = make(vendors[kind], **patience(manner))
    assert isinstance(channel, CanBeAsked)
    vendors[kind].behave(**manner)
    question = Question(new_id(), "+8613900000000", "mark", datetime(2026, 11, 2, 4, tzinfo=UTC))

    words = channel.ask([question])

    assert words[question.delivery_id].known is Known.UNSAID
    channel.close()


@pytest.mark.parametrize("day", ["20261102", "20261103"])
def test_around_midnight_the_books_of_both_days_are_looked_at(vendors: dict[str, Vendor], day: str) -> None:
    parcel = reminder("+8613900000000")
    sent(aliyun_channel(vendors["aliyun"]), parcel)
    vendors["aliyun"].behave("details", for_="details 13900000000", day=day)
    channel = aliyun_channel(vendors["aliyun"])
    assert isinstance(channel, CanBeAsked)
    past_midnight = datetime(2026, 11, 2, 16, 5, tzinfo=UTC)  # five past twelve in Beijing
    out = Question(parcel.delivery_id, parcel.address, "", past_midnight)
    unsent = Question(new_id(), parcel.address, "mark", past_midnight)

    words = channel.ask([out, unsent])
    channel.close()

    assert (words[out.delivery_id].known, words[unsent.delivery_id].known) == (Known.ARRIVED, Known.NEVER)


@pytest.mark.parametrize("day", ["20261102", "20261103"])
def test_while_the_books_of_one_day_cannot_be_read_nothing_is_known_not_to_be_there(
    vendors: dict[str, Vendor], day: str
) -> None:
    vendors["aliyun"].behave("details", for_="details 13900000000", unreadable_on=day)
    channel = aliyun_channel(vendors["aliyun"])
    assert isinstance(channel, CanBeAsked)
    asked_about = Question(new_id(), "+8613900000000", "mark", datetime(2026, 11, 2, 16, 5, tzinfo=UTC))

    words = channel.ask([asked_about])
    channel.close()

    assert words == {asked_about.delivery_id: Word(Known.UNSAID)}


def test_of_two_sms_to_one_number_the_one_is_found_that_aliyun_took_under_this_name(
    vendors: dict[str, Vendor],
) -> None:
    aliyun = vendors["aliyun"]
    sent(aliyun_channel(aliyun), reminder("+8613900000000"))
    channel = aliyun_channel(aliyun)
    assert isinstance(channel, CanBeAsked)
    now = datetime(2026, 11, 2, 4, tzinfo=UTC)
    ours = Question(new_id(), "+8613900000000", "90061974693649841^0", now)
    another = Question(new_id(), "+8613900000000", "90061974693649842^0", now)

    words = channel.ask([ours, another])
    channel.close()

    assert words[ours.delivery_id] == Word(Known.ARRIVED, "DELIVERED")
    assert words[another.delivery_id] == Word(Known.NEVER)


def test_an_answer_that_takes_too_long_costs_nobody_else_theirs(
    house: House,
    vendors: dict[str, Vendor],
    simulated_clock: SimulatedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.notify.sender.inquirer.LONGEST", 5.0)
    people = numbers(0, 3)
    vendors["aliyun"].behave("mute", times=1, seconds=0.1)
    vendors["aliyun"].behave("details", for_=f"details {people[0][3:]}", seconds=20.0, times=1)
    with sending(house, settings(vendors, "aliyun", timeout=60.0)) as sender:
        remind(house, *(a_member(house.seals, phone=phone) for phone in people))
        sender.nudge()
        eventually(lambda: states(house) == ["sms ambiguous"] * 3)
        later(simulated_clock, seconds=61)
        eventually(lambda: states(house) == ["sms ambiguous", "sms delivered", "sms delivered"])

        assert asks(house) == [1]  # the others were put off and lost no question by that
        later(simulated_clock, seconds=121)
        eventually(lambda: states(house) == ["sms delivered"] * 3)


def asks(house: House) -> list[int]:
    with house.workshop.open() as work:
        return list(work.session.scalars(select(Delivery.asks).where(Delivery.state == "ambiguous")))


def test_no_connection_of_the_database_is_held_while_a_provider_looks_into_its_books(
    house: House, vendors: dict[str, Vendor], simulated_clock: SimulatedClock
) -> None:
    vendors["aliyun"].behave("mute", times=1)
    vendors["aliyun"].behave("details", for_="details 13900000000", seconds=1.5)
    with sending(house, settings(vendors, "aliyun")):
        remind(house, a_member(house.seals, phone="+8613900000000"))
        eventually(lambda: states(house) == ["sms ambiguous"])
        later(simulated_clock, seconds=61)
        eventually(lambda: asked(vendors["aliyun"]) == 1)
        held = [house.workshop.engine.pool.checkedout() for _ in range(20) if eventlet.sleep(0.02) is None]  # type: ignore[attr-defined]
        eventually(lambda: states(house) == ["sms delivered"])

    assert min(held) == 0


def test_what_somebody_else_sent_to_the_same_number_is_not_taken_for_ours(
    vendors: dict[str, Vendor],
) -> None:
    sent(aliyun_channel(vendors["aliyun"]), reminder("+8613900000000"))
    channel = aliyun_channel(vendors["aliyun"])
    assert isinstance(channel, CanBeAsked)
    ours = Question(new_id(), "+8613900000000", "mark", datetime(2026, 11, 2, 4, tzinfo=UTC))
    unmarked = Question(new_id(), "+8613900000000", "", datetime(2026, 11, 2, 4, tzinfo=UTC))

    words = channel.ask([ours, unmarked])
    channel.close()

    assert words == {ours.delivery_id: Word(Known.NEVER), unmarked.delivery_id: Word(Known.UNSAID)}


def test_the_vendors_programme_and_ours_ask_aliyun_the_same(vendors: dict[str, Vendor]) -> None:
    aliyun = vendors["aliyun"]
    client = AliyunClient(
        Config(access_key_id=KEY_ID, access_key_secret=KEY_SECRET, endpoint=aliyun.host, protocol="HTTP")
    )
    client.query_send_details(
        aliyun_models.QuerySendDetailsRequest(
            phone_number="13900000000", send_date="20261102", page_size=50, current_page=1
        )
    )
    channel = aliyun_channel(aliyun)
    assert isinstance(channel, CanBeAsked)
    channel.ask([Question(new_id(), "+8613900000000", "", datetime(2026, 11, 1, 17, tzinfo=UTC))])
    channel.close()

    theirs, ours = aliyun.calls()
    assert theirs["query"] == ours["query"]
    assert theirs["headers"]["x-acs-action"] == ours["headers"]["x-acs-action"]


def test_the_vendors_programme_and_ours_ask_tencent_the_same(vendors: dict[str, Vendor]) -> None:
    tencent = vendors["tencent"]
    profile = ClientProfile(httpProfile=HttpProfile(endpoint=tencent.host, protocol="http"))
    client = SmsClient(Credential(KEY_ID, KEY_SECRET), "ap-guangzhou", profile)
    asked_for = tencent_models.PullSmsSendStatusByPhoneNumberRequest()
    asked_for.BeginTime, asked_for.Offset, asked_for.Limit = 1793548800, 0, 100  # 2026-11-01 16:00 UTC
    asked_for.PhoneNumber, asked_for.SmsSdkAppId = "+8613900000000", APP_ID
    client.PullSmsSendStatusByPhoneNumber(asked_for)
    channel = tencent_channel(tencent)
    assert isinstance(channel, CanBeAsked)
    channel.ask([Question(new_id(), "+8613900000000", "", datetime(2026, 11, 1, 17, tzinfo=UTC))])
    channel.close()

    theirs, ours = tencent.calls()
    assert json.loads(theirs["body"]) == json.loads(ours["body"])
    assert theirs["headers"]["x-tc-action"] == ours["headers"]["x-tc-action"]
