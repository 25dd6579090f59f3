"""The channels by themselves: headers that cannot be broken, answers that are read as they are meant."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.clock import SimulatedClock
from services.chassis.contracts import new_id
from services.chassis.settings import WrongSettings
from services.notify.channels import Parcel, brought_channels
from services.notify.channels.mail_addresses import is_usable, sendable
from services.notify.channels.sms_http import SmsHttpChannel
from services.notify.channels.smtp import SmtpChannel
from services.notify.channels.web import kept, wait_of
from services.notify.domain import RecipientKind, TopicClass, Verdict
from services.notify.settings import SmsSettings, SmtpSettings

FIELDS = {"to": "{{ phone }}", "text": "{{ text }}"}
SMTP_SETTINGS = SmtpSettings(host="127.0.0.1", port=1, security="none", sender="wishes@example.org")


def a_parcel(**changes: Any) -> Parcel:
    said: dict[str, Any] = {
        "delivery_id": new_id(),
        "address": "li@example.org",
        "topic": "wish_claimed",
        "kind": RecipientKind.MEMBER,
        "topic_class": TopicClass.SERVICE,
        "language": "zh",
        "title": "有人认领了您的心愿",
        "text": "您好",
        "html": "<p>您好</p>",
        "short": "您好",
        "values": {},
    }
    return Parcel(**(said | changes))


def sms(**changes: Any) -> SmsHttpChannel:
    return SmsHttpChannel(SmsSettings(**({"url": "http://127.0.0.1:1/", "fields": FIELDS} | changes)))


@given(title=st.text(max_size=200))
def test_no_title_can_add_a_header_to_a_mail(title: str) -> None:
    crafted = title + "\r\nBcc: everyone@example.org\r\n\r\n<script>"
    mail = SmtpChannel(SMTP_SETTINGS)._compose(a_parcel(title=crafted)).as_bytes()
    read = message_from_bytes(mail, policy=SMTP)

    assert read["Bcc"] is None
    assert read["To"] == "li@example.org"
    assert len(read.get_all("Subject", [])) == 1


def test_a_mail_keeps_its_words_and_its_identity_at_every_try() -> None:
    parcel = a_parcel()
    channel = SmtpChannel(SMTP_SETTINGS)
    first, second = (message_from_bytes(channel._compose(parcel).as_bytes(), policy=SMTP) for _ in range(2))

    assert first["Subject"] == parcel.title
    assert first["Message-ID"] == second["Message-ID"] == f"<{parcel.delivery_id}@example.org>"
    assert first.get_body(("plain",)).get_content().strip() == "您好"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "li",
        "li@",
        "@example.org",
        "li@example.org\r\nRCPT TO:<x@y>",
        "li <li@example.org>",
        "李 明@example.org",
        "李\u3000明@example.org",
        "李\u200b@example.org",
        "\ud800@example.org",
        "li@例 子.中国",
        "li＠example.org",
        "li@exa mple.org",
        "a" * 65 + "@example.org",
        "李" * 22 + "@example.org",
        "li@" + "例" * 64 + ".中国",
        "li..li@example.org",
        "li@example.org,x@y.org",
        ".li@example.org",
    ],
)
def test_an_address_that_is_none_is_refused_before_anything_is_sent(address: str) -> None:
    assert not is_usable(address)
    parcel = a_parcel(address=address)

    outcome = SmtpChannel(SMTP_SETTINGS).send([parcel])[parcel.delivery_id]

    assert (outcome.verdict, outcome.code) == (Verdict.PERMANENT, "unusable_address")


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("Li.Ming+1@Example.org", "Li.Ming+1@Example.org"),
        ("li@例子.中国", "li@xn--fsqu00a.xn--fiqs8s"),
        ("李@例子。中国", "李@xn--fsqu00a.xn--fiqs8s"),
    ],
)
def test_a_domain_of_another_alphabet_travels_in_ascii(address: str, sent: str) -> None:
    assert sendable(address) == sent


@pytest.mark.parametrize(
    "address", ["", "13800138000", "+86138 0013", "+8613800138000&to=+8613900000000", "+1"]
)
def test_a_number_that_is_not_e164_is_refused_before_anything_is_sent(address: str) -> None:
    parcel = a_parcel(address=address)

    outcome = sms().send([parcel])[parcel.delivery_id]

    assert (outcome.verdict, outcome.code) == (Verdict.PERMANENT, "unusable_address")


def test_a_mail_server_that_is_not_there_is_tried_again_later() -> None:
    parcels = [a_parcel(), a_parcel(address="nobody")]

    outcomes = SmtpChannel(SMTP_SETTINGS).send(parcels)

    assert [outcomes[parcel.delivery_id].verdict for parcel in parcels] == [Verdict.RETRY, Verdict.PERMANENT]


def test_a_gateway_that_is_not_there_is_tried_again_later() -> None:
    parcel = a_parcel(address="+8613800138000")

    assert sms().send([parcel])[parcel.delivery_id].verdict is Verdict.RETRY


def test_a_channel_that_no_package_brings_is_named() -> None:
    with pytest.raises(WrongSettings, match="pigeon"):
        brought_channels({"pigeon": {}})


def test_retry_after_is_read_in_both_forms_and_bounded() -> None:
    in_a_quarter = datetime.now(UTC) + timedelta(minutes=15)

    assert wait_of("7") == timedelta(seconds=7)
    assert wait_of("99999999999999999999") == timedelta(hours=1)
    for said in (format_datetime(in_a_quarter, usegmt=True), f"{in_a_quarter:%a, %d %b %Y %H:%M:%S} -0000"):
        assert timedelta(minutes=5) < (wait_of(said) or timedelta()) <= timedelta(minutes=15)
    assert wait_of("Fri, 31 Dec 2100 23:59:59 GMT") == timedelta(hours=1)
    assert wait_of("Sun, 06 Nov 1994 08:49:37 GMT") == timedelta(seconds=1)
    assert wait_of(None) is None
    assert wait_of("soon") is None


def test_a_gateway_that_names_a_time_knows_nothing_of_our_rehearsals(simulated_clock: SimulatedClock) -> None:
    simulated_clock.set(datetime(1990, 1, 1, tzinfo=UTC))

    assert wait_of("Sun, 06 Nov 1994 08:49:37 GMT") == timedelta(seconds=1)


def test_what_a_gateway_says_is_not_kept_when_it_quotes_the_number() -> None:
    parcel = a_parcel(address="+8613800138000")

    assert kept("ISV.LIMIT", parcel) == "ISV.LIMIT"
    assert kept("900619746936498440^0", parcel) == "900619746936498440^0"
    assert kept("sent-to-13800138000", parcel) == "other"
    assert kept("Dear Ms Li", parcel) == "other"


def test_a_parcel_shows_neither_address_nor_words_when_it_is_printed() -> None:
    shown = repr(a_parcel(address="+8613800138000"))

    assert "13800138000" not in shown
    assert "您好" not in shown
