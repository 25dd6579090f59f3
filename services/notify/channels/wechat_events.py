"""What WeChat pushes: the check of the address, and the event that says what became of a template message.

The account speaks plain XML (明文模式); in its encrypted modes nothing here can be read, and it hears a no.
"""

import re
from collections.abc import Mapping, Sequence
from hmac import compare_digest
from typing import Any

from services.chassis.clock import WallClock
from services.notify.channels.asking import Known
from services.notify.channels.receipts import Receipt
from services.notify.channels.signatures import wechat_sign

TAKEN = "success"
"""What WeChat wants to hear, and nothing else; it pushes three times otherwise."""

FRESH = 600.0
"""Seconds by which the clock of a push may differ from ours."""

_FINISHED = "TEMPLATESENDJOBFINISH"


def word_for(token: str, reports: Sequence[Mapping[str, Any]]) -> str | None:
    """Return what WeChat wants to hear back, or None when a push does not bear its signature."""
    if not reports or not all(_is_signed(token, report) for report in reports):
        return None
    return str(reports[0].get("echostr") or TAKEN)


def ends_in(reports: Sequence[Mapping[str, Any]]) -> list[Receipt]:
    """Return what became of messages: the event names its message, and the follower it went to."""
    return [
        Receipt(
            Known.ARRIVED if report.get("Status") == "success" else Known.FAILED,
            str(report.get("FromUserName") or ""),
            reference=str(report.get("MsgID") or ""),
            code=re.sub(r"\W+", "_", str(report["Status"]))[:60],  # "failed:user block"
        )
        for report in reports
        if report.get("Event") == _FINISHED and report.get("Status")
    ]


def _is_signed(token: str, report: Mapping[str, Any]) -> bool:
    timestamp, nonce, given = (str(report.get(name) or "") for name in ("timestamp", "nonce", "signature"))
    if not re.fullmatch("[0-9]{1,12}", timestamp):
        return False
    is_fresh = abs(WallClock().now().timestamp() - int(timestamp)) <= FRESH
    return is_fresh and compare_digest(wechat_sign(token, timestamp, nonce).encode(), given.encode())
