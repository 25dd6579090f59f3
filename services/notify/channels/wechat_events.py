"""What WeChat pushes: the check of the address, and the event that says what became of a template message.

The account speaks plain XML (明文模式), maybe with a sealed copy beside it (兼容模式). What it says sealed
alone (安全模式) cannot be read here, although it is signed like the rest: it hears a no, and the log why.
"""

import re
from collections.abc import Mapping, Sequence
from hmac import compare_digest
from typing import Any

import structlog

from services.chassis.clock import WallClock
from services.notify.channels.asking import Known
from services.notify.channels.receipts import Receipt
from services.notify.channels.signatures import wechat_sign

TAKEN = "success"
"""What WeChat wants to hear, and nothing else; it pushes three times otherwise."""

FRESH = 600.0
"""Seconds by which the clock of a push may differ from ours."""

_FINISHED = "TEMPLATESENDJOBFINISH"
_BLOCKED = "failed_user_block"
"""What becomes of "failed:user block": whoever it is about does not want to hear from the account.

The vendor's page of template messages knows two words more: "success", and "failed: system failed".
"""

log = structlog.get_logger(__name__)


def word_for(token: str, reports: Sequence[Mapping[str, Any]]) -> str | None:
    """Return what WeChat wants to hear back, or None for a push without its signature, or that is sealed."""
    if not reports or not all(_is_signed(token, report) for report in reports):
        return None
    if any(_is_sealed(report) for report in reports):
        log.error("wechat_pushes_sealed", switch_to="明文模式")  # in its server configuration
        return None
    return str(reports[0].get("echostr") or TAKEN)


def ends_in(reports: Sequence[Mapping[str, Any]]) -> list[Receipt]:
    """Return what became of messages: the event names its message, and the follower it went to."""
    return [
        Receipt(
            Known.ARRIVED if report.get("Status") == "success" else Known.FAILED,
            str(report.get("FromUserName") or ""),
            reference=str(report.get("MsgID") or ""),
            code=_code(report),
            opts_out=_code(report) == _BLOCKED,
        )
        for report in reports
        if report.get("Event") == _FINISHED and report.get("Status")
    ]


def _code(report: Mapping[str, Any]) -> str:
    return re.sub(r"\W+", "_", str(report["Status"]))[:60]


def _is_sealed(report: Mapping[str, Any]) -> bool:
    return bool(report.get("Encrypt")) and not (report.get("MsgType") or report.get("Event"))


def _is_signed(token: str, report: Mapping[str, Any]) -> bool:
    timestamp, nonce, given = (str(report.get(name) or "") for name in ("timestamp", "nonce", "signature"))
    if not re.fullmatch("[0-9]{1,12}", timestamp):
        return False
    is_fresh = abs(WallClock().now().timestamp() - int(timestamp)) <= FRESH
    return is_fresh and compare_digest(wechat_sign(token, timestamp, nonce).encode(), given.encode())
