"""SMS through Aliyun and Tencent: what crosses the wire, and what every answer means for each number."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from alibabacloud_dysmsapi20170525 import models as aliyun_models
from alibabacloud_dysmsapi20170525.client import Client as AliyunClient
from alibabacloud_tea_openapi.utils_models import Config
from sqlalchemy import select
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import errorcodes, sms_client
from tencentcloud.sms.v20210111 import models as tencent_models

from services.chassis.clock import SimulatedClock
from services.claims.contracts import ClaimsDueSoon
from services.notify import usecases
from services.notify.channels import Channel
from services.notify.channels.codes import Codes
from services.notify.channels.tencent import CODES
from services.notify.domain import Verdict
from services.notify.models import Attempt
from tests.support.notify import House
from tests.support.notify_people import a_member, a_reminder
from tests.support.notify_sending import eventually, later, numbers, quick_settings, sending
from tests.support.sms_accounts import (
    WORDS,
    aliyun_channel,
    aliyun_section,
    codes,
    digest,
    patience,
    reminder,
    sent,
    tencent_channel,
    tencent_section,
)
from tests.support.vendor_sms import APP_ID, KEY_ID, KEY_SECRET, SIGNATURE
from tests.support.vendors import Vendor, vendor

MakeChannel = Callable[..., Channel]


@pytest.fixture(scope="module")
def vendors() -> Iterator[dict[str, Vendor]]:
    with vendor("aliyun") as aliyun, vendor("tencent") as tencent:
        yield {"aliyun": aliyun, "tencent": tencent}


@pytest.fixture
def aliyun(vendors: dict[str, Vendor]) -> Vendor:
    vendors["aliyun"].reset()
    return vendors["aliyun"]


@pytest.fixture
def tencent(vendors: dict[str, Vendor]) -> Vendor:
    vendors["tencent"].reset()
    return vendors["tencent"]


@pytest.fixture(params=["aliyun", "tencent"])
def either(request: pytest.FixtureRequest, vendors: dict[str, Vendor]) -> tuple[Vendor, MakeChannel]:
    played = vendors[request.param]
    played.reset()
    return played, aliyun_channel if request.param == "aliyun" else tencent_channel


# -- the vendors' own programmes as oracles


def test_the_vendors_programme_and_ours_tell_aliyun_the_same(aliyun: Vendor) -> None:
    client = AliyunClient(
        Config(access_key_id=KEY_ID, access_key_secret=KEY_SECRET, endpoint=aliyun.host, protocol="HTTP")
    )
    asked = aliyun_models.SendSmsRequest(
        phone_numbers="13900000000",
        sign_name=SIGNATURE,
        template_code="SMS_1",
        template_param='{"title":"一床厚棉被","day":"12月19日"}',
    )
    theirs = client.send_sms(asked).body.to_map()
    (ours,) = sent(aliyun_channel(aliyun), reminder())

    first, second = aliyun.accepted()
    assert first | {"out_id": ""} == second | {"out_id": ""}
    assert (theirs["Code"], ours.code) == ("OK", "OK")
    assert_same_shape(aliyun.calls(), besides="OutId")


def test_the_vendors_programme_and_ours_tell_aliyun_the_same_about_many(aliyun: Vendor) -> None:
    client = AliyunClient(
        Config(access_key_id=KEY_ID, access_key_secret=KEY_SECRET, endpoint=aliyun.host, protocol="HTTP")
    )
    asked = aliyun_models.SendBatchSmsRequest(
        phone_number_json='["13900000000","13900000001"]',
        sign_name_json=f'["{SIGNATURE}","{SIGNATURE}"]',
        template_code="SMS_1",
        template_param_json='[{"title":"甲","day":"12月19日"},{"title":"乙","day":"12月19日"}]',
    )
    client.send_batch_sms(asked)
    sent(aliyun_channel(aliyun), reminder(title="甲"), reminder("+8613900000001", title="乙"))

    taken = [message | {"out_id": ""} for message in aliyun.accepted()]
    assert taken[:2] == taken[2:]
    assert_same_shape(aliyun.calls(), besides="OutId")


def test_the_vendors_programme_and_ours_tell_tencent_the_same(tencent: Vendor) -> None:
    profile = ClientProfile(httpProfile=HttpProfile(endpoint=tencent.host, protocol="http"))
    client = sms_client.SmsClient(Credential(KEY_ID, KEY_SECRET), "ap-guangzhou", profile)
    asked = tencent_models.SendSmsRequest()
    asked.PhoneNumberSet, asked.SmsSdkAppId, asked.SignName = ["+8613900000000"], APP_ID, SIGNATURE
    asked.TemplateId, asked.TemplateParamSet = "1001", ["一床厚棉被", "12月19日"]
    theirs = client.SendSms(asked)
    (ours,) = sent(tencent_channel(tencent), reminder())

    first, second = tencent.accepted()
    assert first | {"context": ""} == second | {"context": ""}
    assert theirs.SendStatusSet[0].Code == ours.code == "Ok"
    assert ours.reference == "2640:2"
    theirs_said, ours_said = tencent.calls()
    for name in ("x-tc-action", "x-tc-version", "x-tc-region", "content-type"):
        assert theirs_said["headers"][name] == ours_said["headers"][name]


def assert_same_shape(calls: list[dict[str, Any]], besides: str) -> None:
    """Check that two calls to Aliyun say the same in the same places, but for one place of ours."""
    theirs, ours = calls
    assert theirs["method"] == ours["method"]
    assert set(theirs["query"]) == set(ours["query"]) - {besides}
    for name in ("x-acs-action", "x-acs-version", "content-type"):
        assert theirs["headers"].get(name) == ours["headers"].get(name)


def test_what_the_vendors_refuse_in_their_programme_they_refuse_in_ours(
    either: tuple[Vendor, MakeChannel],
) -> None:
    played, make = either

    (outcome,) = sent(make(played, key_secret="another"), reminder())

    assert outcome.verdict is Verdict.STOP
    assert "Signature" in outcome.code
    assert played.accepted() == []


# -- many numbers in one call


def test_aliyun_is_told_alike_in_one_call_and_differently_in_another(aliyun: Vendor) -> None:
    alike = [digest(phone) for phone in numbers(0, 40)]
    different = [reminder(phone, days_left=1, title=f"心愿{phone[-2:]}") for phone in numbers(50, 30)]

    outcomes = sent(aliyun_channel(aliyun), *alike, *different)

    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
    assert [call["headers"]["x-acs-action"] for call in aliyun.calls()] == ["SendSms", "SendBatchSms"]
    assert len(aliyun.accepted()) == 70
    assert aliyun.accepted()[45]["words"] == {"title": "心愿55", "day": "12月19日"}


def test_no_call_to_aliyun_is_larger_than_it_takes(aliyun: Vendor) -> None:
    different = [reminder(phone, title=f"心愿{phone[-3:]}") for phone in numbers(0, 150)]

    sent(aliyun_channel(aliyun), *different)

    assert len(aliyun.calls()) == 2
    assert len(aliyun.accepted()) == 150
    sent(aliyun_channel(aliyun), *(digest(phone) for phone in numbers(200, 1001)))
    assert len(aliyun.accepted()) == 150 + 1001


def test_tencent_takes_two_hundred_at_once_and_answers_for_each(tencent: Vendor) -> None:
    parcels = [digest(phone) for phone in numbers(0, 250)]
    tencent.behave("code", for_=parcels[3].address[3:], code="FailedOperation.PhoneNumberInBlacklist")
    tencent.behave("code", for_=parcels[4].address[3:], code="LimitExceeded.PhoneNumberThirtySecondLimit")
    tencent.behave("code", for_=parcels[5].address[3:], code="InvalidParameterValue.IncorrectPhoneNumber")

    outcomes = sent(tencent_channel(tencent, batch=250), *parcels)

    assert len(tencent.calls()) == 2
    assert [outcome.verdict for outcome in outcomes[3:6]] == [
        Verdict.OPTED_OUT,
        Verdict.WAIT,
        Verdict.PERMANENT,
    ]
    assert len(tencent.accepted()) == 247
    assert len({outcome.reference for outcome in outcomes if outcome.reference}) == 247


def test_a_slash_at_the_end_of_an_endpoint_changes_nothing(either: tuple[Vendor, MakeChannel]) -> None:
    played, make = either

    (outcome,) = sent(make(played, endpoint=f"{played.url}/"), reminder())

    assert outcome.verdict is Verdict.ACCEPTED


def test_a_number_that_tencent_leaves_out_is_in_doubt(tencent: Vendor) -> None:
    tencent.behave("forget", for_="answer")

    outcomes = sent(tencent_channel(tencent), *(digest(phone) for phone in numbers(0, 3)))

    assert [outcome.verdict.value for outcome in outcomes] == ["accepted", "accepted", "ambiguous"]
    assert outcomes[-1].reference == tencent.accepted()[-1]["context"]  # by which it can be asked about


def test_a_number_named_twice_is_told_in_two_calls(either: tuple[Vendor, MakeChannel]) -> None:
    played, make = either

    outcomes = sent(make(played), digest("+8613900000000"), digest("+8613900000000"))

    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
    assert len(played.calls()) == 2


# -- what every answer means


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", "wait"),
        ("isp.SYSTEM_ERROR", "retry"),
        ("Throttling.User", "retry"),
        ("isv.SMS_SIGNATURE_ILLEGAL", "elsewhere"),
        ("isv.SMS_SIGNATURE_SCENE_ILLEGAL", "elsewhere"),
        ("isv.SMS_TEMPLATE_ILLEGAL", "elsewhere"),
        ("isv.MOBILE_NUMBER_ILLEGAL", "permanent"),
        ("isv.TEMPLATE_MISSING_PARAMETERS", "elsewhere"),
        ("isv.PARAM_LENGTH_LIMIT", "permanent"),
        ("isv.PARAM_NOT_SUPPORT_URL", "permanent"),
        ("isv.BLACK_KEY_CONTROL_LIMIT", "permanent"),
        ("isv.AMOUNT_NOT_ENOUGH", "stop"),
        ("isv.OUT_OF_SERVICE", "stop"),
        ("isv.DENY_IP_RANGE", "stop"),
        ("isp.RAM_PERMISSION_DENY", "stop"),
        ("isv.SOMETHING_NEW", "retry"),
    ],
)
def test_a_yes_of_http_that_hides_a_no_of_aliyun_is_a_no(aliyun: Vendor, code: str, verdict: str) -> None:
    aliyun.behave("code", for_="13900000000", code=code)

    assert codes(sent(aliyun_channel(aliyun), reminder())) == [(verdict, code)]


def test_a_code_that_the_operator_explains_means_what_they_say(aliyun: Vendor) -> None:
    aliyun.behave("code", for_="13900000000", code="isv.SOMETHING_NEW")

    outcomes = sent(aliyun_channel(aliyun, codes={"isv.SOMETHING_*": "opted_out"}), reminder())

    assert codes(outcomes) == [("opted_out", "isv.SOMETHING_NEW")]


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("AuthFailure.SecretIdNotFound", "stop"),
        ("RequestLimitExceeded", "wait"),
        ("InternalError.Timeout", "ambiguous"),
        ("InternalError.UnknownError", "retry"),
        ("FailedOperation.InsufficientBalanceInSmsPackage", "stop"),
        ("FailedOperation.MarketingSendTimeConstraint", "wait"),
        ("FailedOperation.TemplateIncorrectOrUnapproved", "elsewhere"),
    ],
)
def test_a_refusal_of_the_whole_call_holds_for_everybody(tencent: Vendor, code: str, verdict: str) -> None:
    tencent.behave("code", for_="call", code=code)

    outcomes = sent(tencent_channel(tencent), *(digest(phone) for phone in numbers(0, 2)))

    assert codes(outcomes) == [(verdict, code)] * 2


def test_every_code_that_the_vendors_programme_knows_has_a_class() -> None:
    table = Codes(**(CODES | {"accepted": ("*",)}))  # what nobody wrote down
    known = [value for name, value in vars(errorcodes).items() if name.isupper()]

    assert len(known) > 80
    assert [code for code in known if table.verdict(code) is Verdict.ACCEPTED] == []


@pytest.mark.parametrize(
    ("manner", "outcome"),
    [
        ({"manner": "mute"}, ("ambiguous", "timeout")),
        ({"manner": "cut"}, ("ambiguous", "disconnected")),
        ({"manner": "status", "status": 502}, ("ambiguous", "502")),
        ({"manner": "status", "status": 504}, ("ambiguous", "504")),
        ({"manner": "status", "status": 503}, ("retry", "503")),
        ({"manner": "status", "status": 403}, ("stop", "403")),
        ({"manner": "status", "status": 302, "headers": {"Location": "/"}}, ("stop", "302")),
        ({"manner": "say", "content": "thank you"}, ("ambiguous", "unreadable")),
        ({"manner": "say", "content": []}, ("ambiguous", "unreadable")),
        ({"manner": "say", "content": {"Response": {"SendStatusSet": 7}}}, ("ambiguous", "unreadable")),
    ],
)
def test_an_answer_that_is_none_is_a_doubt_where_the_sms_may_be_out(
    either: tuple[Vendor, MakeChannel], manner: dict[str, Any], outcome: tuple[str, str]
) -> None:
    played, make = either
    played.behave(**manner)

    outcomes = sent(make(played, **patience(manner)), digest("+8613900000000"), digest("+8613900000001"))

    assert codes(outcomes) == [outcome] * 2
    assert len(played.calls()) == 1
    is_doubt = outcome[0] == "ambiguous"  # which can be asked about by the mark of its call
    assert {bool(one.reference) for one in outcomes} == {is_doubt}


def test_patience_that_is_asked_for_in_seconds_is_given(either: tuple[Vendor, MakeChannel]) -> None:
    played, make = either
    played.behave("status", status=429, headers={"Retry-After": "17"})

    (outcome,) = sent(make(played), reminder())

    assert (outcome.verdict, outcome.after) == (Verdict.WAIT, timedelta(seconds=17))


def test_no_secret_and_no_number_is_shown_or_kept(either: tuple[Vendor, MakeChannel]) -> None:
    played, make = either
    channel = make(played)
    shown = repr(vars(channel)) + repr([repr(value) for value in vars(channel).values()])

    outcomes = sent(channel, reminder())

    assert KEY_SECRET not in shown
    assert "13900000000" not in repr(outcomes)


# -- through the whole house


def test_a_burst_goes_through_tencent_and_when_its_money_is_out_through_aliyun(
    house: House, aliyun: Vendor, tencent: Vendor, simulated_clock: SimulatedClock
) -> None:
    tencent.behave("code", for_="call", code="FailedOperation.InsufficientBalanceInSmsPackage")
    sections = {"aliyun": aliyun_section(aliyun), "tencent": tencent_section(tencent)}
    settings = quick_settings(channels=sections, providers={"sms": ("tencent", "aliyun")})
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 30)]
    house.knows(members=members)
    with sending(house, settings) as sender:
        reminders = [a_reminder(member.id, 3) for member in members]
        house.hear(ClaimsDueSoon(claims=reminders), usecases.tell_of_claims_due_soon)
        sender.nudge()
        eventually(lambda: len(attempts(house)) == 30)
        later(simulated_clock, seconds=2)
        eventually(lambda: len(attempts(house)) == 60)

    stopped, accepted = attempts(house)[:30], attempts(house)[30:]
    assert set(stopped) == {("tencent", "stop", 1)}
    assert set(accepted) == {("aliyun", "accepted", 1)}
    assert len(aliyun.accepted()) == 30
    assert {message["words"]["title"] for message in aliyun.accepted()} == {WORDS["title"]}


def test_parts_are_those_that_the_vendor_counts(house: House, tencent: Vendor) -> None:
    tencent.behave("ok", for_=numbers(0, 1)[0].removeprefix("+86"), fee=3)
    members = [a_member(house.seals, phone=phone) for phone in numbers(0, 2)]
    house.knows(members=members)
    with sending(house, quick_settings(channels={"tencent": tencent_section(tencent)})) as sender:
        reminders = [a_reminder(member.id, 3) for member in members]
        house.hear(ClaimsDueSoon(claims=reminders), usecases.tell_of_claims_due_soon)
        sender.nudge()
        eventually(lambda: len(attempts(house)) == 2)

    assert sorted(parts for _, _, parts in attempts(house)) == [1, 3]


@pytest.mark.parametrize(("said", "parts"), [("2", 2), (3, 3), ("0", None), ("many", None), ("", None)])
def test_a_receipt_says_how_many_parts_were_counted(aliyun: Vendor, said: Any, parts: int | None) -> None:
    channel: Any = aliyun_channel(aliyun)
    report = {"phone_number": "13900000000", "success": True, "biz_id": "9^0", "sms_size": said}

    assert [receipt.parts for receipt in channel.read([report])] == [parts]


def attempts(house: House) -> list[tuple[str, str, int]]:
    with house.workshop.open() as work:
        made = select(Attempt.provider, Attempt.outcome, Attempt.parts).order_by(Attempt.id)
        return [(provider, outcome, parts) for provider, outcome, parts in work.session.execute(made)]
