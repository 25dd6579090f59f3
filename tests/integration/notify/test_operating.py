"""What operators do by the command line: try a channel, see how providers stand, check the words."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.chassis.words import say
from tests.support.notify_console import Wishtree, wishtree_notify
from tests.support.notify_sending import quick_settings, sms_settings, smtp_settings
from tests.support.peers import Peer

PHONE, SECRET = "+8613912345678", "a-secret-of-the-account"
ACCOUNT: dict[str, Any] = {
    "key_id": "a-key-id",
    "key_secret": SECRET,
    "signature": "心愿树",
    "endpoint": "http://127.0.0.1:1",
    "templates": [
        {
            "told": "claim_due_soon.member",
            "id": "SMS_1",
            "text": "您认领的心愿${title}请在${day}前完成。",
            "variables": {"title": "title", "day": "due_on|day"},
            "approved_on": f"{date.today():%Y-%m-%d}",
        }
    ],
}


@pytest.fixture
def wishtree(database_url: str, tmp_path: Path) -> Wishtree:
    return wishtree_notify(database_url, tmp_path)


def test_a_test_message_goes_out_and_its_receiver_is_not_shown(wishtree: Wishtree, gateway: Peer) -> None:
    done = wishtree(quick_settings(sms=sms_settings(gateway)), "test", "sms", PHONE, "--json")

    assert done.returncode == 0, done.stderr
    tried = json.loads(done.stdout)
    assert (tried["provider"], tried["address"], tried["outcome"]) == ("http", "***5678", "accepted")
    assert PHONE.removeprefix("+86") not in done.stdout + done.stderr
    (taken,) = gateway.received()
    assert (taken["phone"], taken["content"]) == (
        PHONE.removeprefix("+86"),
        "【心愿树】这是一条心愿树测试消息，用于检查发送渠道，无需回复。",
    )


def test_a_test_that_is_refused_says_so_in_its_end(wishtree: Wishtree, gateway: Peer, mail: Peer) -> None:
    settings = quick_settings(smtp_settings(mail), sms_settings(gateway))
    gateway.behave("code", code="21")

    refused = wishtree(settings, "test", "http", PHONE)
    unknown = wishtree(settings, "test", "pigeon", PHONE, "--json")
    misspelt = wishtree(settings, "test", "email", "not an address", "--json")
    incomplete = wishtree(settings, "test", "email")

    assert [done.returncode for done in (refused, unknown, misspelt, incomplete)] == [1, 1, 1, 2]
    assert "permanent 21" in refused.stdout
    assert PHONE not in refused.stdout + refused.stderr
    assert json.loads(unknown.stdout)["error"]["arguments"] == {"channels": "email, http, sms, smtp"}
    assert json.loads(misspelt.stdout)["error"]["code"] == "notify.unusable_receiver"


def test_a_registered_template_is_tried_with_sample_words(wishtree: Wishtree) -> None:
    settings = {"channels": {"aliyun": ACCOUNT | {"connect_timeout": 1.0}}}

    away = wishtree(settings, "test", "aliyun", PHONE, "--json")
    none = wishtree(settings, "test", "sms", PHONE, "--template", "claim_ended.member", "--json")

    tried = json.loads(away.stdout)
    assert (away.returncode, tried["provider"], tried["outcome"], tried["parts"]) == (1, "aliyun", "retry", 1)
    assert json.loads(none.stdout)["error"]["code"] == "notify.no_template_to_try"
    assert SECRET not in away.stdout + away.stderr


def test_the_status_names_every_provider(wishtree: Wishtree, gateway: Peer, mail: Peer) -> None:
    settings = quick_settings(smtp_settings(mail), sms_settings(gateway), channels={"aliyun": ACCOUNT})

    for_people, for_scripts = wishtree(settings, "status"), wishtree(settings, "status", "--json")
    nothing = wishtree({}, "status")

    assert [done.returncode for done in (for_people, for_scripts, nothing)] == [0, 0, 0]
    seen = {one["channel"]: one for one in json.loads(for_scripts.stdout)["items"]}
    assert [one["provider"] for one in seen["sms"]["providers"]] == ["http", "aliyun"]
    assert seen["email"]["waiting"] == {"urgent": 0, "service": 0, "marketing": 0}
    assert "sms/aliyun" in for_people.stdout
    assert "no channel is set up" in nothing.stdout


def test_the_check_of_the_words_ends_well_or_with_what_to_do(wishtree: Wishtree) -> None:
    pending = ACCOUNT["templates"][0] | {"id": "SMS_9", "state": "pending"}
    long = ACCOUNT["templates"][0] | {"id": "SMS_8", "text": "您" * 140 + "${title}${day}"}
    tight = ACCOUNT["templates"][0] | {"id": "SMS_7", "longest": 3}
    wrong = {"channels": {"aliyun": ACCOUNT | {"templates": [pending, long, tight]}}}

    good = wishtree({"channels": {"aliyun": ACCOUNT}}, "templates", "check", "--json")
    bad = wishtree(wrong, "templates", "check", "--json")
    shown = wishtree(wrong, "templates", "check")

    assert (good.returncode, bad.returncode, shown.returncode) == (0, 1, 1), good.stdout + good.stderr
    checked = json.loads(good.stdout)
    assert checked["problems"] == []
    assert checked["rendered"] > 400
    assert checked["templates"][0]["parts"] == 1
    assert {(one["where"].split()[1], one["problem"]) for one in json.loads(bad.stdout)["problems"]} == {
        ("SMS_9", "not_approved"),
        ("SMS_8", "too_long"),
        ("SMS_7", "samples_do_not_fit"),
    }
    assert "not_approved" in shown.stdout


def test_a_burst_can_be_looked_at_before_there_is_one(wishtree: Wishtree, gateway: Peer) -> None:
    settings = quick_settings(sms=sms_settings(gateway))

    planned, listed = (
        wishtree(settings, "burst", "plan", "sms", "--json"),
        wishtree(settings, "burst", "list"),
    )

    assert planned.returncode == 0, planned.stderr
    assert json.loads(planned.stdout)["number"] == 0
    assert "there is no burst" in listed.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("burst", "plan", "sms", "--at", "0001-01-01"), "console.wrong_usage"),
        (("suppress", PHONE, "--lift", "--check"), "console.wrong_usage"),
        (("burst", "plan", "sms", "--area", "没有这个区"), "console.ambiguous_area"),
        (("burst", "list", "--limit", "1", "--after", "what no list ends with"), "chassis.malformed"),
    ],
)
def test_what_makes_no_sense_is_said_in_words(
    wishtree: Wishtree, arguments: tuple[str, ...], code: str
) -> None:
    refused = json.loads(wishtree({}, *arguments, "--json").stdout)["error"]

    assert refused["code"] == code
    if problem := refused["arguments"].get("problem"):
        assert problem not in say(code, "zh", **refused["arguments"])


@pytest.mark.parametrize("what", ["pause", "start"])
def test_a_burst_that_is_none_is_said_to_be_none(wishtree: Wishtree, what: str) -> None:
    done = wishtree({}, "burst", what, "00000000-0000-7000-8000-000000000000")

    assert done.returncode == 1
    assert "burst" in done.stderr


def test_an_address_is_left_alone_and_written_to_again(wishtree: Wishtree) -> None:
    done, listed = wishtree({}, "suppress", PHONE), wishtree({}, "suppress", PHONE, "--check", "--json")
    lifted, wrong = wishtree({}, "suppress", PHONE, "--lift"), wishtree({}, "suppress", "somebody")

    assert [one["kind"] for one in json.loads(listed.stdout)["items"]] == ["phone"]
    assert [one.returncode for one in (done, lifted, wrong)] == [0, 0, 1]
    assert PHONE[-8:] not in done.stdout + done.stderr + lifted.stderr
    assert "somebody" not in wrong.stderr
