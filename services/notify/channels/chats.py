"""Telegram and Matrix: one message in a call, to a chat or room that the recipient gave."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from services.chassis.showing import Address
from services.notify.channels import AddressKind, Parcel, described_by
from services.notify.channels.codes import Codes
from services.notify.channels.outcomes import UNREADABLE, UNUSABLE
from services.notify.channels.pace import OwnTurns, Turns, not_yet, not_yet_to
from services.notify.channels.web import (
    IN_DOUBT,
    Answer,
    OneInACall,
    WebSettings,
    again_in_doubt,
    believed,
    bounded,
    by_status,
    shortened,
)
from services.notify.domain import Limits, Outcome, Rate
from services.notify.settings import Credential

TELEGRAM_CODES: dict[str, Any] = {
    "accepted": ("ok",),
    "wait": ("429",),
    "retry": ("5*",),
    "ambiguous": tuple(str(status) for status in sorted(IN_DOUBT)),
    "permanent": ("400", "413"),
    "opted_out": ("403",),  # the bot was blocked, or thrown out
    "stop": ("401", "404"),
}
"""Held against the vendor's pages Bot API (Making requests, ResponseParameters) and Bots FAQ (limits).

There is no list of codes: they are those of HTTP, and descriptions beside them may change, so that none is
read. That 403 is said of bots that were blocked or thrown out is what users of client libraries wrote down.
"""
MATRIX_CODES: dict[str, Any] = {
    "accepted": ("ok",),
    "wait": ("M_LIMIT_EXCEEDED",),
    "retry": ("M_UNKNOWN",),
    "permanent": (
        "M_FORBIDDEN",
        "M_NOT_FOUND",
        "M_TOO_LARGE",
        "M_INVALID*",
        "M_BAD_JSON",
        "M_NOT_JSON",
        "M_MISSING_PARAM",
        "M_GUEST_ACCESS_FORBIDDEN",
    ),
    "stop": (
        "M_UNKNOWN_TOKEN",
        "M_MISSING_TOKEN",
        "M_UNAUTHORIZED",
        "M_UNRECOGNIZED",  # there is no homeserver at this address
        "M_USER_*",  # the account was locked, suspended or closed
        "M_CONSENT_NOT_GIVEN",
        "M_RESOURCE_LIMIT*",
        "ORG_MATRIX_EXPIRED_ACCOUNT",
    ),
}
"""Held against the list of a client library that follows the specification (Client-Server API, errors).

M_CONSENT_NOT_GIVEN and ORG_MATRIX_EXPIRED_ACCOUNT are what homeservers may say beyond it; not confirmed.
"""


class TelegramSettings(WebSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A Telegram bot."""

    token: Credential
    endpoint: Address = "https://api.telegram.org"


class MatrixSettings(WebSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A Matrix account that writes into rooms of which it is a member."""

    endpoint: Address  # of its homeserver
    token: Credential


class Chat(OneInACall):
    """Sends one message in a call, to an address of the right shape."""

    name: str
    provider: str
    address = AddressKind.OWN
    usable: re.Pattern[str]

    def __init__(self, settings: WebSettings, codes: Mapping[str, Any]) -> None:
        """Take how to connect and what the codes mean."""
        super().__init__(settings)
        self._codes = Codes(**codes, changed=settings.codes)

    def _send_one(self, parcel: Parcel) -> Outcome:
        return self._say(parcel) if self.usable.fullmatch(parcel.address) else UNUSABLE

    def _say(self, parcel: Parcel) -> Outcome:
        raise NotImplementedError


class Telegram(Chat):
    """About 30 messages a second, one a second to one chat, 20 a minute to a group, of 4,096 characters each.

    A 429 says for how long to be quiet. Characters are counted as UTF-16 has them.
    """

    name = provider = "telegram"
    usable = re.compile(r"-?[0-9]{1,20}")
    limits = Limits(rates=(Rate(most=30),), are_of_calls=True)
    to_one_chat = Rate(most=1)
    to_one_group = Rate(most=20, seconds=60)
    longest = 8192  # bytes of UTF-16

    def __init__(self, settings: TelegramSettings) -> None:
        """Take the bot."""
        super().__init__(settings, TELEGRAM_CODES)
        self.turns: Turns = OwnTurns()
        self._address = f"{settings.endpoint}/bot{settings.token}/sendMessage"

    def _say(self, parcel: Parcel) -> Outcome:
        is_group = parcel.address.startswith("-")
        pace = self.to_one_group if is_group else self.to_one_chat
        if not self.turns.take_each(pace, [parcel.address]):
            return not_yet_to(pace)
        wait = self.turns.take(self.limits)
        if wait is not None:
            return not_yet(wait)
        words = shortened(f"{parcel.title}\n\n{parcel.text}", self.longest, "utf-16-le")
        answer = self._tell(int(parcel.address), words)
        moved = _moved_to(answer)
        return self._read(answer if moved is None else self._tell(moved, words))

    def _tell(self, chat: int, words: str) -> Answer | Outcome:
        said = {"chat_id": chat, "text": words, "link_preview_options": {"is_disabled": True}}
        return self._web.call("POST", self._address, json=said)

    def _read(self, answer: Answer | Outcome) -> Outcome:
        if isinstance(answer, Outcome):
            return answer
        said = answer.json()
        if said.get("ok") is True and isinstance(said.get("result"), dict):
            taken = self._codes.outcome("ok", str(said["result"].get("message_id", "")))
            return believed(taken, answer.status)
        code = said.get("error_code")
        if said.get("ok") is not False or not isinstance(code, int):
            return by_status(answer.status, answer.retry_after) or UNREADABLE
        asked = said.get("parameters")
        after = bounded(asked.get("retry_after")) if isinstance(asked, dict) else None
        return self._codes.outcome(str(code), after=after or answer.retry_after)


def _moved_to(answer: Answer | Outcome) -> int | None:
    """Return the chat that a group became, of a refusal that says so (`migrate_to_chat_id`)."""
    asked = answer.json().get("parameters") if isinstance(answer, Answer) else None
    moved = asked.get("migrate_to_chat_id") if isinstance(asked, dict) else None
    return moved if isinstance(moved, int) and not isinstance(moved, bool) else None


class Matrix(Chat):
    """The transaction id is the delivery's: a call made again is recognised, so no answer is asked for."""

    name = provider = "matrix"
    usable = re.compile(r"![^\s/?#]{1,250}")

    def __init__(self, settings: MatrixSettings) -> None:
        """Take the account."""
        super().__init__(settings, MATRIX_CODES)
        self._settings = settings

    def _say(self, parcel: Parcel) -> Outcome:
        room, transaction = quote(parcel.address, safe=""), parcel.delivery_id
        place = f"/_matrix/client/v3/rooms/{room}/send/m.room.message/{transaction}"
        said = {"msgtype": "m.text", "body": shortened(f"{parcel.title}\n\n{parcel.text}", 32_000)}
        headers = {"Authorization": f"Bearer {self._settings.token}"}
        address = f"{self._settings.endpoint}{place}"
        return again_in_doubt(lambda: self._read(self._web.call("PUT", address, json=said, headers=headers)))

    def _read(self, answer: Answer | Outcome) -> Outcome:
        if isinstance(answer, Outcome):
            return answer
        said = answer.json()
        if answer.status == 200 and isinstance(said.get("event_id"), str):
            return self._codes.outcome("ok", said["event_id"])
        code = said.get("errcode")
        if not isinstance(code, str) or answer.status in IN_DOUBT:
            return by_status(answer.status, answer.retry_after) or UNREADABLE
        milliseconds = said.get("retry_after_ms")
        asked = milliseconds / 1000 if isinstance(milliseconds, int | float) else None
        after = answer.retry_after or bounded(asked)
        is_limit = answer.status == 429
        return self._codes.outcome(code, after=after or (timedelta(seconds=5) if is_limit else None))


@described_by(TelegramSettings)
def telegram(settings: TelegramSettings) -> Telegram:
    """Return the channel of a section `[services.notify.channels.telegram]`."""
    return Telegram(settings)


@described_by(MatrixSettings)
def matrix(settings: MatrixSettings) -> Matrix:
    """Return the channel of a section `[services.notify.channels.matrix]`."""
    return Matrix(settings)
