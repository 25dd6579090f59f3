"""Accounts of Aliyun and Tencent as an operator describes them, for the vendors that play them."""

from collections.abc import Mapping
from typing import Any

from services.chassis.contracts import new_id
from services.notify.channels import Channel, Parcel, brought_channels
from services.notify.domain import Outcome, RecipientKind, TopicClass
from tests.support.vendor_sms import APP_ID, KEY_ID, KEY_SECRET, SIGNATURE
from tests.support.vendors import Vendor

WORDS = {"title": "一床厚棉被", "wish_code": "XY-1234", "due_on": "2026-12-19", "days_left": 3}

ALIYUN_TEMPLATES: list[dict[str, Any]] = [
    {
        "told": "claim_due_soon.member",
        "id": "SMS_1",
        "text": "您认领的心愿${title}请在${day}前完成。",
        "variables": {"title": "title", "day": "due_on|day"},
    },
    {"told": "claim_due_soon.member", "id": "SMS_2", "text": "您认领的心愿快到期了，请登录心愿树查看。"},
    {
        "told": "release_digest.member",
        "id": "SMS_3",
        "text": "${area}${month}上新了${number}个心愿。",
        "variables": {"area": "area_name", "month": "period|month", "number": "released"},
    },
    {
        "told": "claim_ended.member",
        "when": {"how": "lapsed"},
        "id": "SMS_4",
        "text": "您认领的心愿${title}已到期退回。",
        "variables": {"title": "title|brief"},
    },
]
TENCENT_TEMPLATES: list[dict[str, Any]] = [
    {
        "told": "claim_due_soon.member",
        "id": "1001",
        "text": "您认领的心愿{1}请在{2}前完成。",
        "variables": ["title", "due_on|day"],
    },
    {
        "told": "release_digest.member",
        "id": "1003",
        "text": "{1}{2}上新了{3}个心愿。",
        "variables": ["area_name", "period|month", "released"],
    },
]


def aliyun_section(vendor: Vendor, **changes: Any) -> dict[str, Any]:
    """Return what an operator writes into [services.notify.channels.aliyun]."""
    return {
        "endpoint": vendor.url,
        "key_id": KEY_ID,
        "key_secret": KEY_SECRET,
        "signature": SIGNATURE,
        "templates": ALIYUN_TEMPLATES,
        "timeout": 20.0,
    } | changes


def tencent_section(vendor: Vendor, **changes: Any) -> dict[str, Any]:
    """Return what an operator writes into [services.notify.channels.tencent]."""
    account = {"app_id": APP_ID, "templates": TENCENT_TEMPLATES}
    return aliyun_section(vendor) | account | changes


def aliyun_channel(vendor: Vendor, **changes: Any) -> Channel:
    """Return the channel of such a section."""
    (channel,) = brought_channels({"aliyun": aliyun_section(vendor, **changes)})
    return channel


def tencent_channel(vendor: Vendor, **changes: Any) -> Channel:
    """Return the channel of such a section."""
    (channel,) = brought_channels({"tencent": tencent_section(vendor, **changes)})
    return channel


def reminder(phone: str = "+8613900000000", **words: Any) -> Parcel:
    """Return an SMS to a member whose claim is due."""
    return a_parcel(phone, "claim_due_soon", WORDS | words)


def digest(phone: str) -> Parcel:
    """Return an SMS that says the same to everybody."""
    words = {"period": "2026-12", "area_name": "川汇区", "released": 212, "carried_over": 9}
    return a_parcel(phone, "release_digest", words)


def a_parcel(address: str, topic: str, values: dict[str, Any], **changes: Any) -> Parcel:
    """Return a parcel with words."""
    said: dict[str, Any] = {
        "delivery_id": new_id(),
        "address": address,
        "topic": topic,
        "kind": RecipientKind.MEMBER,
        "topic_class": TopicClass.SERVICE,
        "language": "zh",
        "title": "题目",
        "text": "正文",
        "html": "",
        "short": "短信",
        "values": values,
    }
    return Parcel(**(said | changes))


def sent(channel: Channel, *parcels: Parcel) -> list[Outcome]:
    """Send, let go of the connections, and return the outcomes in order."""
    try:
        outcomes = channel.send(parcels)
    finally:
        channel.close()
    return [outcomes[parcel.delivery_id] for parcel in parcels]


def codes(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    """Return class and code of each outcome."""
    return [(outcome.verdict.value, outcome.code) for outcome in outcomes]


def patience(manner: Mapping[str, Any]) -> dict[str, float]:
    """Return settings that wait long for an answer, except where none will come."""
    return {"timeout": 0.3} if manner["manner"] == "mute" else {}
