"""What comes back: receipts and answers that providers push, and mails that bounced."""

from typing import Any, ClassVar

from services.chassis.contracts import Command, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "PushedAs",
    "ReceiptsTaken",
    "TakeReceipts",
    "TakeReplies",
    "UnknownReceiver",
    "UnreadableBounce",
]


class ReceiptsTaken(View, frozen=True, kw_only=True):
    """What providers want to hear when they pushed receipts: Aliyun looks at `code`, Tencent at `result`.

    Where there is a `word`, it is the whole answer: WeChat wants to hear nothing else.
    """

    code: int = 0
    result: int = 0
    errmsg: str = "OK"
    word: str = ""


class PushedAs(View, frozen=True, kw_only=True):
    """How a push came whose headers speak of a signature: to the byte, and with these headers."""

    body: bytes  # of a GET the query
    headers: dict[str, str]  # by their names in small letters


class TakeReceipts(Command, frozen=True, kw_only=True):
    """A provider pushes what became of messages, in its own words, to an address that only it knows.

    A mail server hands in mails that came back as they are, one by one (`message/rfc822`).
    """

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = ReceiptsTaken
    is_personal: ClassVar[bool] = True

    provider: str
    token: str
    reports: list[dict[str, Any]]
    address: str = ""  # network address of whoever pushes
    signed: PushedAs | None = None


class TakeReplies(Command, frozen=True, kw_only=True):
    """A provider pushes what people answered to SMS, in its own words, to an address that only it knows."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = ReceiptsTaken
    is_personal: ClassVar[bool] = True

    provider: str
    token: str
    replies: list[dict[str, Any]]
    address: str = ""  # network address of whoever pushes
    signed: PushedAs | None = None


class UnknownReceiver(Refusal):
    """Nobody takes receipts at this address."""

    code = "notify.unknown_receiver"
    kind = RefusalKind.UNKNOWN


class UnreadableBounce(Refusal):
    """What was handed in is no mail that came back with a report in it."""

    code = "notify.unreadable_bounce"
    kind = RefusalKind.INVALID
