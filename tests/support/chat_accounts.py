"""Robots, chats and webhooks as an operator describes them, for the vendors that play them."""

from typing import Any

from services.notify.channels import Channel, Parcel, brought_channels
from tests.support.sms_accounts import a_parcel
from tests.support.vendor_chats import SECRET, TOKEN, WEBHOOK_SECRET
from tests.support.vendors import Vendor

ROBOTS = ("dingtalk", "feishu", "wecom_robot")
KINDS = (*ROBOTS, "wecom", "wechat", "telegram", "matrix", "webhook")
ADDRESSES = {
    "wecom": "WangShuzhen",
    "wechat": "oABC_123-x",
    "telegram": "1234567890",
    "matrix": "!room:example.org",
}
WECHAT_TEMPLATES = [
    {
        "told": "claim_due_soon.member",
        "id": "tpl-1",
        "text": "心愿：{{thing1.DATA}} 日期：{{date2.DATA}}",
        "variables": {"thing1": "title", "date2": "due_on|day"},
        "longest": 20,
    }
]


def section(kind: str, played: Vendor, **changes: Any) -> dict[str, Any]:
    """Return what an operator writes into the section of a kind."""
    robot = {"token": TOKEN, "secret": SECRET, "endpoint": played.url}
    sections: dict[str, dict[str, Any]] = {
        "dingtalk": robot,
        "feishu": robot,
        "wecom_robot": {"token": TOKEN, "endpoint": played.url},
        "wecom": {"corp_id": "ww1", "corp_secret": SECRET, "agent_id": 1000002, "endpoint": played.url},
        "wechat": {
            "app_id": "wx1",
            "app_secret": SECRET,
            "templates": WECHAT_TEMPLATES,
            "endpoint": played.url,
        },
        "telegram": {"token": TOKEN, "endpoint": played.url},
        "matrix": {"token": TOKEN, "endpoint": played.url},
        "webhook": {"url": f"{played.url}/hook", "secret": WEBHOOK_SECRET},
    }
    return {"timeout": 20.0} | sections[kind] | changes


def channel_of(kind: str, vendors: dict[str, Vendor], **changes: Any) -> Channel:
    """Return the channel of such a section."""
    (channel,) = brought_channels({kind: section(kind, vendors[kind], **changes)})
    return channel


def reminder(kind: str, **changes: Any) -> Parcel:
    """Return a reminder to somebody whom a kind of channel can reach."""
    address = changes.pop("address", ADDRESSES.get(kind, ""))
    words = {"title": "一床厚棉被", "wish_code": "XY-1234", "due_on": "2026-12-19", "days_left": 3}
    return a_parcel(address, changes.pop("topic", "claim_due_soon"), words, **changes)
