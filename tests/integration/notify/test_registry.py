"""The registry of approved templates: words that do not fit, and descriptions that cannot be right."""

from dataclasses import replace
from typing import Any

import pytest

from services.chassis.settings import WrongSettings
from services.notify.settings import NotifySettings, check
from tests.support.sms_accounts import (
    ALIYUN_TEMPLATES,
    a_parcel,
    aliyun_channel,
    aliyun_section,
    codes,
    reminder,
    sent,
    tencent_channel,
)
from tests.support.vendor_sms import KEY_SECRET
from tests.support.vendors import Vendor


@pytest.mark.parametrize(
    "title",
    ["长" * 36, "见 https://example.org/a", "见 www.example.com", "【别的签名】", "", " \n "],
)
def test_words_that_do_not_fit_go_in_the_template_without_variables(aliyun: Vendor, title: str) -> None:
    sent(aliyun_channel(aliyun), reminder(title=title))

    (message,) = aliyun.accepted()
    assert (message["template"], message["words"]) == ("SMS_2", {})


def test_a_variable_may_be_as_long_as_was_approved(aliyun: Vendor) -> None:
    sent(aliyun_channel(aliyun), reminder(title="长" * 35))

    (message,) = aliyun.accepted()
    assert message["template"] == "SMS_1"


def test_a_variable_is_one_line(aliyun: Vendor) -> None:
    sent(aliyun_channel(aliyun), reminder(title=" 一床\n  厚棉被\r\n"))

    (message,) = aliyun.accepted()
    assert (message["template"], message["words"]["title"]) == ("SMS_1", "一床 厚棉被")


def test_chinese_stands_in_where_nothing_is_registered_in_english(aliyun: Vendor) -> None:
    sent(aliyun_channel(aliyun), replace(reminder(), language="en"))

    (message,) = aliyun.accepted()
    assert message["template"] == "SMS_1"


def test_words_that_fit_nowhere_are_refused_before_anything_is_sent(aliyun: Vendor) -> None:
    outcomes = sent(tencent_channel(aliyun), reminder(title="长" * 36), reminder("13800138000"))

    assert codes(outcomes) == [("elsewhere", "words_do_not_fit"), ("permanent", "unusable_address")]
    assert aliyun.calls() == []


def test_a_template_is_chosen_by_what_there_is_to_say(aliyun: Vendor) -> None:
    words = {"title": "一床厚棉被", "wish_code": "XY-1234", "reason": ""}
    lapsed, returned = (
        a_parcel("+8613900000000", "claim_ended", words | {"how": how}) for how in ("lapsed", "x")
    )

    assert codes(sent(aliyun_channel(aliyun), lapsed, returned)) == [
        ("accepted", "OK"),
        ("elsewhere", "no_template"),
    ]


def test_an_sms_of_many_parts_is_counted_with_its_signature(aliyun: Vendor) -> None:
    channel = aliyun_channel(aliyun, templates=[ALIYUN_TEMPLATES[0] | {"longest": 100}])

    assert [channel.parts(reminder(title="长" * length)) for length in (10, 47, 48)] == [1, 1, 2]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"told": "weather.member"}, "nobody is told weather.member"),
        ({"told": "claim_due_soon.cat"}, "nobody is told"),
        ({"variables": {"title": "name", "day": "due_on"}}, "there is no word name"),
        ({"variables": {"title": "title", "day": "due_on|year"}}, "nothing is shown as year"),
        ({"variables": {"title": "title"}}, "its text has the blanks"),
        ({"variables": ["title", "due_on"]}, "variables are a list"),
        ({"when": {"weather": "fine"}}, "there is no word weather"),
        ({"longest": 0}, "longest"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_registry_that_cannot_be_right_keeps_the_service_from_starting(
    aliyun: Vendor, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(WrongSettings, match=r"channels\.aliyun\].*") as refused:
        aliyun_channel(aliyun, templates=[ALIYUN_TEMPLATES[0] | change])

    assert said in str(refused.value)
    assert KEY_SECRET not in str(refused.value)


def test_an_account_without_a_signature_is_refused(aliyun: Vendor) -> None:
    with pytest.raises(WrongSettings, match="no signature"):
        aliyun_channel(aliyun, signature="")


def test_the_check_of_the_settings_finds_what_the_service_would_not_start_with(aliyun: Vendor) -> None:
    good = NotifySettings(channels={"aliyun": aliyun_section(aliyun)})
    wrong_template = aliyun_section(aliyun, templates=[ALIYUN_TEMPLATES[0] | {"told": "weather.member"}])
    check(good)

    with pytest.raises(WrongSettings, match=r"weather\.member"):
        check(NotifySettings(channels={"aliyun": wrong_template}))
    with pytest.raises(WrongSettings, match=r"services\.notify\.plans"):
        check(NotifySettings(plans={"weather.member": ("sms",)}))
    with pytest.raises(WrongSettings, match=r"no channel aliyun .* \['email', 'sms'\]"):
        check(NotifySettings(plans={"claim_due_soon.member": ("aliyun", "email")}))
