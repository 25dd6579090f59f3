"""Aliyun refuses a whole call for the number, or the words, of one: who is to blame is found."""

import pytest

from services.notify.domain import Verdict
from tests.support.notify_sending import numbers
from tests.support.sms_accounts import aliyun_channel, codes, digest, reminder, sent
from tests.support.vendors import Vendor


@pytest.mark.parametrize(
    "code", ["isv.MOBILE_NUMBER_ILLEGAL", "isv.BUSINESS_LIMIT_CONTROL", "isv.CUSTOMER_REFUSED"]
)
def test_one_number_that_aliyun_refuses_does_not_cost_the_others_their_sms(aliyun: Vendor, code: str) -> None:
    parcels = [digest(phone) for phone in numbers(0, 16)]
    aliyun.behave("code", for_=parcels[11].address.removeprefix("+86"), code=code)

    outcomes = sent(aliyun_channel(aliyun), *parcels)

    refused = [position for position, outcome in enumerate(outcomes) if outcome.code == code]
    assert refused == [11]
    assert [outcome.verdict for outcome in outcomes].count(Verdict.ACCEPTED) == 15
    assert len({message["phone"] for message in aliyun.accepted()}) == len(aliyun.accepted()) == 15


@pytest.mark.parametrize(
    "code", ["isv.PARAM_LENGTH_LIMIT", "isv.UNSUPPORTED_CONTENT", "isv.TEMPLATE_PARAMS_ILLEGAL"]
)
def test_words_that_aliyun_refuses_cost_nobody_else_their_sms(aliyun: Vendor, code: str) -> None:
    parcels = [reminder(phone, title=f"心愿{phone[-3:]}") for phone in numbers(0, 8)]
    aliyun.behave("code", for_=parcels[5].address.removeprefix("+86"), code=code)

    outcomes = sent(aliyun_channel(aliyun), *parcels)

    assert [position for position, outcome in enumerate(outcomes) if outcome.code == code] == [5]
    assert len(aliyun.accepted()) == 7


def test_words_that_are_the_same_for_all_are_refused_to_all_in_one_call(aliyun: Vendor) -> None:
    parcels = [digest(phone) for phone in numbers(0, 40)]
    aliyun.behave("code", for_=parcels[0].address.removeprefix("+86"), code="isv.PARAM_LENGTH_LIMIT")

    outcomes = sent(aliyun_channel(aliyun), *parcels)

    assert codes(outcomes) == [("permanent", "isv.PARAM_LENGTH_LIMIT")] * 40
    assert len(aliyun.calls()) == 1
