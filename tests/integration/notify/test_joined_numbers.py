"""A described gateway that takes many numbers in one call: those of the same words, each heard of apart."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from services.chassis.settings import WrongSettings
from services.notify.channels import Parcel, brought_channels
from services.notify.channels.asking import Known
from services.notify.channels.receipts import TakesReceipts
from services.notify.domain import Outcome, Verdict
from tests.support.notify_sending import numbers
from tests.support.sms_accounts import a_parcel, sent
from tests.support.xml_gateway import ACCOUNT, PASSWORD, XmlGateway, xml_gateway

BODY = (
    "<sms><timestamp>{{ timestamp }}</timestamp><sign>{{ sign }}</sign>"
    "<mobile>{{ nationals }}</mobile><content>{{ text }}</content></sms>"
)
MANY = 12


@pytest.fixture
def gateway() -> Iterator[XmlGateway]:
    with xml_gateway() as running:
        yield running


def section(gateway: XmlGateway, **changes: Any) -> dict[str, Any]:
    """Return what an operator writes into [services.notify.channels.city_sms]."""
    return {
        "kind": "sms_http",
        "url": gateway.url,
        "body": BODY,
        "content_type": "text/xml",
        "joined": ",",
        "batch": MANY,
        "code_pattern": "<code>(?P<code>[0-9]+)</code><sid>(?P<reference>[^<]*)</sid>",
        "stop": ["403"],
        "permanent": ["400"],
        "timeout": 60,
        "receipt_token": "of-the-city-of-zhoukou-0001",
        "receipts": {"reference": "sid", "phone": "to", "code": "end", "arrived": ["DELIVRD"]},
        "computed": {
            "timestamp": {"time": "%Y%m%d%H%M%S"},
            "sign": {
                "by": "md5",
                "over": f"{ACCOUNT}{PASSWORD}{{{{ timestamp }}}}{{{{ nationals }}}}",
                "shown_as": "HEX",
            },
        },
    } | changes


def an_sms(phone: str, short: str) -> Parcel:
    return a_parcel(phone, "release_digest", {}, short=short)


def told(gateway: XmlGateway, *parcels: Parcel, **changes: Any) -> list[Outcome]:
    (channel,) = brought_channels({"city_sms": section(gateway, **changes)})
    return sent(channel, *parcels)


def taken_by(gateway: XmlGateway) -> Mapping[str, str]:
    """Return who was told what."""
    return {number: sms["content"] for sms in gateway.taken for number in sms["mobile"].split(",")}


def test_those_of_the_same_words_are_told_with_one_call(gateway: XmlGateway) -> None:
    phones = numbers(0, MANY)
    parcels = [an_sms(phone, "川汇区上新了212个心愿。") for phone in phones[:8]]
    parcels += [an_sms(phone, "沈丘县上新了9个心愿。") for phone in phones[8:]]

    outcomes = told(gateway, *parcels)

    assert gateway.calls == 2
    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
    assert [outcome.reference for outcome in outcomes] == ["ref-1"] * 8 + ["ref-2"] * 4
    assert taken_by(gateway) == {parcel.address.removeprefix("+86"): parcel.short for parcel in parcels}


def test_one_bad_number_is_found_and_everybody_else_is_told_once(gateway: XmlGateway) -> None:
    phones = numbers(0, MANY)
    gateway.bad = {phones[5].removeprefix("+86")}

    outcomes = told(gateway, *(an_sms(phone, "您好") for phone in phones))

    assert [outcome.verdict for outcome in outcomes].index(Verdict.PERMANENT) == 5
    assert [outcome.code for outcome in outcomes] == ["0"] * 5 + ["400"] + ["0"] * 6
    reached = [number for sms in gateway.taken for number in sms["mobile"].split(",")]
    assert sorted(reached) == sorted({phone.removeprefix("+86") for phone in phones} - gateway.bad)


def test_a_number_stands_in_a_call_once(gateway: XmlGateway) -> None:
    (phone,) = numbers(0, 1)

    told(gateway, an_sms(phone, "您好"), an_sms(phone, "您好"))

    assert [sms["mobile"] for sms in gateway.taken] == [phone.removeprefix("+86")] * 2


def test_an_account_that_is_refused_is_not_asked_for_every_wording(gateway: XmlGateway) -> None:
    wrong = {"timestamp": {"time": "seconds"}, "sign": {"by": "md5", "over": "guessed{{ timestamp }}"}}
    parcels = [an_sms(phone, f"您好，{phone[-1]}") for phone in numbers(0, 5)]

    outcomes = told(gateway, *parcels, computed=wrong)

    assert outcomes == [Outcome(Verdict.STOP, "403")] * 5
    assert gateway.calls == 1


def test_a_receipt_finds_its_sms_by_what_the_call_was_called_and_the_number(gateway: XmlGateway) -> None:
    (channel,) = brought_channels({"city_sms": section(gateway)})
    assert isinstance(channel, TakesReceipts)

    (receipt,) = channel.read([{"sid": "ref-1", "to": "13900000000", "end": "DELIVRD"}])

    assert (receipt.known, receipt.reference, receipt.address) == (Known.ARRIVED, "ref-1", "13900000000")


@pytest.mark.parametrize(
    ("changes", "what_to_do"),
    [
        ({"together": "messages"}, "leave one of them out"),
        ({"joined": None}, "say with `together` or `joined` how"),
        ({"joined": ""}, "joined"),
        ({"body": BODY.replace("nationals", "national")}, "there is no national to fill in here"),
        ({"body": "<sms>{{ text }}</sms>"}, r"write \{\{ phones \}\} or \{\{ nationals \}\}"),
        ({"result_phone_at": "mobile"}, "say with results_at where these stand"),
        (
            {"receipts": {"mark": "id", "code": "end", "arrived": ["DELIVRD"]}},
            "many are told with one call, which has no id of each",
        ),
    ],
)
def test_what_cannot_be_told_to_many_is_refused_before_anything_is_sent(
    gateway: XmlGateway, changes: dict[str, Any], what_to_do: str
) -> None:
    with pytest.raises(WrongSettings, match=what_to_do):
        told(gateway, **changes)
