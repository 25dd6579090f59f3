"""Numbers of the mainland and of elsewhere: Tencent takes no call about both, and its limits are apart."""

import json

import pytest

from services.notify.domain import Verdict, concerns_the_account
from tests.support.sms_accounts import codes, digest, sent, tencent_channel
from tests.support.vendors import Vendor


def test_numbers_of_the_mainland_and_others_never_meet_in_a_call_to_tencent(
    vendors: dict[str, Vendor],
) -> None:
    phones = ["+8613900000000", "+85291234567", "+8613900000001", "+886912345678"]

    outcomes = sent(tencent_channel(vendors["tencent"]), *map(digest, phones))

    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
    told = [json.loads(call["body"])["PhoneNumberSet"] for call in vendors["tencent"].calls()]
    assert told == [phones[0::2], phones[1::2]]


def test_the_limit_of_one_country_does_not_close_the_account(vendors: dict[str, Vendor]) -> None:
    code = "LimitExceeded.AppCountryOrRegionDailyLimit"
    vendors["tencent"].behave("code", for_="+85291234567", code=code)

    (outcome,) = sent(tencent_channel(vendors["tencent"]), digest("+85291234567"))

    assert (outcome.verdict, outcome.code) == (Verdict.WAIT, code)
    assert not concerns_the_account(outcome)


@pytest.mark.parametrize(
    "code",
    [
        "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone",
        "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone",
        "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber",
    ],
)
def test_what_a_template_of_the_other_kind_cannot_say_another_provider_may(
    vendors: dict[str, Vendor], code: str
) -> None:
    vendors["tencent"].behave("code", for_="call", code=code)

    outcomes = sent(tencent_channel(vendors["tencent"]), digest("+85291234567"))

    assert codes(outcomes) == [("elsewhere", code)]


def test_the_limit_of_the_mainland_closes_the_account(vendors: dict[str, Vendor]) -> None:
    vendors["tencent"].behave("code", for_="13900000000", code="LimitExceeded.AppMainlandChinaDailyLimit")

    (outcome,) = sent(tencent_channel(vendors["tencent"]), digest("+8613900000000"))

    assert concerns_the_account(outcome)
