"""WeChat's official account: what became of a message by its events, a day that is full, a doubt repeated."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from time import time
from typing import Any

import pytest
from sqlalchemy import func, select

from services.chassis import clock
from services.chassis.clock import SimulatedClock
from services.chassis.refusals import Refusal
from services.chassis.rights import Actor
from services.chassis.settings import WrongSettings
from services.gateway.api.answers import answered
from services.gateway.api.reading import Reader
from services.gateway.api.routes import ROUTES
from services.gateway.contracts import BodyUnreadable
from services.notify import usecases
from services.notify.channels import brought_channels
from services.notify.channels.signatures import wechat_sign
from services.notify.contracts import NoteHandle, ReceiptsTaken, TakeReceipts, UnknownReceiver
from services.notify.domain import Verdict, day_turns_in
from services.notify.models import Handle
from services.notify.sender import Sender
from services.notify.settings import RateSettings
from tests.support.chat_accounts import reminder, section
from tests.support.journal import journal
from tests.support.notify import House
from tests.support.notify_people import a_member
from tests.support.notify_sending import (
    eventually,
    later,
    numbers,
    quick_settings,
    remind,
    sending,
    smtp_settings,
)
from tests.support.peers import Peer
from tests.support.sms_accounts import codes, sent
from tests.support.vendors import Vendor, vendor

URL_TOKEN, PUSH_TOKEN = "a-token-that-nobody-can-guess", "TokenOfTheServer1"
OPENIDS = ["oAAA_111-aaaaaaaaaaaaaaaaaaa", "oBBB_222-bbbbbbbbbbbbbbbbbbb"]
ROUTE = next(route for route in ROUTES if route.contract is TakeReceipts)


@pytest.fixture(scope="module")
def process() -> Iterator[Vendor]:
    with vendor("wechat") as running:
        yield running


@pytest.fixture
def wechat(process: Vendor) -> Vendor:
    process.reset()
    return process


def described(wechat: Vendor, **changes: Any) -> dict[str, Any]:
    tokens = {"receipt_token": URL_TOKEN, "push_token": PUSH_TOKEN}
    return section("wechat", wechat, **(tokens | changes))


def signed(**changes: str) -> dict[str, str]:
    """Return what WeChat puts into the address of everything that it pushes."""
    said = {"timestamp": str(int(time())), "nonce": "1607480117"} | changes
    return {"signature": wechat_sign(PUSH_TOKEN, said["timestamp"], said["nonce"])} | said


def pushed(body: str, query: dict[str, str], method: str = "POST") -> dict[str, Any]:
    """Return what the gateway reads of a push."""
    words = "&".join(f"{name}={value}" for name, value in query.items())
    environ = {"CONTENT_TYPE": "text/xml", "QUERY_STRING": words, "REQUEST_METHOD": method}
    return Reader(ROUTE).fields(environ, {"provider": "wechat", "token": URL_TOKEN}, body.encode())


def event(openid: str, message: str, status: str) -> str:
    return f"""<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>
        <FromUserName><![CDATA[{openid}]]></FromUserName><CreateTime>1395658920</CreateTime>
        <MsgType><![CDATA[event]]></MsgType><Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event>
        <MsgID>{message}</MsgID><Status><![CDATA[{status}]]></Status></xml>"""


def hear(house: House, sender: Sender, fields: dict[str, Any]) -> bytes:
    """Return what WeChat reads back; raise what it is refused with."""
    take = partial(usecases.take_receipts, sender.ways, sender.receivers)
    (answer,) = house.workshop.run_batch([TakeReceipts(**fields)], take)
    sender.nudge()
    if isinstance(answer, Refusal):
        raise answer
    assert isinstance(answer, ReceiptsTaken)
    return answered(answer, "zh").body


def followers(house: House, number: int = 2) -> None:
    """Tell so many followers that their claim is due."""
    members = []
    for phone, openid in zip(numbers(0, number), [*OPENIDS, *(f"oC{n}_333" for n in range(9))], strict=False):
        member = a_member(house.seals, phone=phone, email=f"{phone[-4:]}@example.org")
        house.knows(members=[member])
        told = NoteHandle(by=Actor(member_id=member.id), channel="wechat", handle=openid)
        house.workshop.run(told, partial(usecases.note_handle, house.ways))
        members.append(member)
    remind(house, *members)


def number_of_handles(house: House) -> int:
    with house.workshop.open() as work:
        return work.session.execute(select(func.count()).select_from(Handle)).scalar_one()


def states(house: House) -> list[str]:
    return sorted(str(how) for _, _, how in house.told())


PLANS = {"claim_due_soon.member": ("wechat", "email")}


def test_events_say_what_became_of_messages_and_what_failed_goes_the_next_way(
    house: House, wechat: Vendor, mail: Peer
) -> None:
    settings = quick_settings(smtp_settings(mail), channels={"wechat": described(wechat)}, plans=PLANS)
    with sending(house, settings) as sender:
        followers(house)
        eventually(lambda: states(house) == ["wechat accepted"] * 2)
        by_openid = {message["to"]: str(n) for n, message in enumerate(wechat.accepted(), 1)}
        ends = zip(OPENIDS, ("success", "failed:user block"), strict=True)
        for openid, status in ends:
            for _ in range(2):
                fields = pushed(event(openid, by_openid[openid], status), signed())
                assert hear(house, sender, fields) == b"success"

        eventually(lambda: "email accepted" in states(house))

    assert states(house) == ["email accepted", "wechat delivered", "wechat refused"]
    assert OPENIDS[0] not in house.dump()
    assert number_of_handles(house) == 1  # whoever blocked the account is not looked for there any more


def test_the_check_of_the_address_is_answered_with_its_own_words(house: House, wechat: Vendor) -> None:
    with sending(house, quick_settings(channels={"wechat": described(wechat)})) as sender:
        fields = pushed("", signed(echostr="5838479218127813673"), "GET")

        assert hear(house, sender, fields) == b"5838479218127813673"


@pytest.mark.parametrize(
    "query",
    [
        {},
        signed() | {"signature": "0" * 40},
        signed() | {"nonce": "another"},
        signed(timestamp=str(int(time()) - 86_400)),
        signed(timestamp="soon"),
    ],
    ids=["unsigned", "forged", "another nonce", "old", "no time"],
)
def test_what_wechat_did_not_sign_or_signed_long_ago_changes_nothing(
    house: House, wechat: Vendor, query: dict[str, str]
) -> None:
    settings = quick_settings(channels={"wechat": described(wechat)}, plans=PLANS)
    with sending(house, settings) as sender:
        followers(house, 1)
        eventually(lambda: states(house) == ["wechat accepted"])
        fields = pushed(event(OPENIDS[0], "1", "success"), query)

        with pytest.raises(UnknownReceiver):
            hear(house, sender, fields)
        with pytest.raises(UnknownReceiver):
            hear(house, sender, pushed("", query | {"echostr": "1"}, "GET"))

    assert states(house) == ["wechat accepted"]


SEALED = "<Encrypt><![CDATA[RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo]]></Encrypt>"


def test_what_wechat_pushes_sealed_is_refused_and_the_log_says_what_to_switch(
    house: House, wechat: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = quick_settings(channels={"wechat": described(wechat)}, plans=PLANS)
    sealed = f"<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>{SEALED}</xml>"
    query = signed(encrypt_type="aes", msg_signature="0" * 40)
    with journal(), sending(house, settings) as sender:
        with pytest.raises(UnknownReceiver):
            hear(house, sender, pushed(sealed, query))

        beside = event(OPENIDS[0], "1", "success").replace("</xml>", f"{SEALED}</xml>")
        assert hear(house, sender, pushed(beside, query)) == b"success"

    said = capsys.readouterr()
    assert (said.out + said.err).count("wechat_pushes_sealed") == 1


@pytest.mark.parametrize(
    "body",
    [
        "<xml>",
        "no xml",
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><xml><Status>&b;</Status></xml>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Status>&a;</Status></xml>',
    ],
)
def test_xml_that_is_none_or_defines_something_is_not_read(body: str) -> None:
    with pytest.raises(BodyUnreadable):
        pushed(body, signed())


def test_an_event_about_somebody_else_or_something_else_changes_nothing(house: House, wechat: Vendor) -> None:
    settings = quick_settings(channels={"wechat": described(wechat)}, plans=PLANS)
    with sending(house, settings) as sender:
        followers(house, 1)
        eventually(lambda: states(house) == ["wechat accepted"])
        for body in (
            event(OPENIDS[1], "1", "success"),
            event(OPENIDS[0], "99", "success"),
            event(OPENIDS[0], "1", "success").replace("TEMPLATESENDJOBFINISH", "subscribe"),
        ):
            assert hear(house, sender, pushed(body, signed())) == b"success"

    assert states(house) == ["wechat accepted"]


def test_the_tokens_of_the_address_and_of_the_signature_go_together(wechat: Vendor) -> None:
    with pytest.raises(WrongSettings, match="push_token"):
        brought_channels({"wechat": described(wechat, push_token=None)})


def test_a_day_that_is_full_closes_the_account_until_the_next(
    house: House, wechat: Vendor, simulated_clock: SimulatedClock
) -> None:
    later(simulated_clock, seconds=(day_turns_in(clock.now()) - timedelta(minutes=30)).total_seconds())
    rates = {"wechat": RateSettings(rate=3, per="day")}
    settings = quick_settings(channels={"wechat": described(wechat)}, plans=PLANS, rates=rates)
    with sending(house, settings) as sender, sending(house, settings):
        followers(house, 5)
        eventually(lambda: states(house).count("wechat accepted") == 3 and not is_awake(sender))
        (provider,) = sender.lines["wechat"].providers
        assert provider.rests_until is not None
        turns_at = clock.now() + day_turns_in(clock.now())
        assert abs(provider.rests_until - turns_at) < timedelta(seconds=5)

        later(simulated_clock, minutes=29)
        sender.nudge()
        assert not is_awake(sender)
        later(simulated_clock, minutes=1, seconds=5)
        eventually(lambda: states(house).count("wechat accepted") == 5)

    assert len(wechat.accepted()) == 5


def test_what_does_not_fit_the_day_goes_the_next_way_of_its_plan(
    house: House, wechat: Vendor, mail: Peer, simulated_clock: SimulatedClock
) -> None:
    later(simulated_clock, seconds=(day_turns_in(clock.now()) - timedelta(hours=12)).total_seconds())
    rates = {"wechat": RateSettings(rate=3, per="day")}
    settings = quick_settings(
        smtp_settings(mail), channels={"wechat": described(wechat)}, plans=PLANS, rates=rates
    )
    with sending(house, settings) as sender:
        followers(house, 5)
        eventually(lambda: states(house).count("wechat accepted") == 3 and not is_awake(sender))
        later(simulated_clock, hours=2)

        eventually(lambda: states(house).count("email accepted") == 2)

    assert states(house).count("wechat accepted") == 3
    assert (len(wechat.accepted()), len(mail.received())) == (3, 2)


def is_awake(sender: Sender) -> bool:
    return all(provider.is_awake(clock.now()) for provider in sender.lines["wechat"].providers)


def test_an_account_that_hears_that_its_day_is_full_waits_until_the_next(wechat: Vendor) -> None:
    wechat.behave("code", for_="oABC_123-x", code=45009)
    (channel,) = brought_channels({"wechat": described(wechat)})

    (outcome,) = sent(channel, reminder("wechat"))

    assert (outcome.verdict, outcome.code) == (Verdict.WAIT, "45009")
    assert outcome.after is not None
    assert abs(outcome.after - day_turns_in(clock.now())) < timedelta(minutes=1)


def test_a_doubt_is_told_again_under_the_same_id_and_arrives_once(wechat: Vendor) -> None:
    (channel,) = brought_channels({"wechat": described(wechat)})
    channel.send([reminder("wechat")])  # now it has a token
    wechat.behave("cut", times=1)

    assert codes(sent(channel, reminder("wechat"))) == [("accepted", "0")]

    assert len(wechat.accepted()) == 2
    assert len([call for call in wechat.calls() if call["path"].endswith("/template/send")]) == 3
