"""Robots in chat groups: DingTalk, Feishu and WeCom. What many in a group are to be told is said there once.

All three answer HTTP 200 whatever happened: success is the code 0 and nothing else.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from services.chassis.clock import WallClock
from services.chassis.showing import Address
from services.notify.channels import AddressKind, Parcel, described_by
from services.notify.channels.codes import Codes
from services.notify.channels.outcomes import SECRET_FOR_A_ROOM
from services.notify.channels.pace import OwnTurns, Turns, not_yet
from services.notify.channels.signatures import dingtalk_sign, feishu_sign
from services.notify.channels.web import (
    Answer,
    WebChannel,
    WebSettings,
    in_turn,
    read_code,
    shortened,
    without_markup,
    without_words,
)
from services.notify.domain import SECRET_TOPICS, Limits, Outcome, Rate
from services.notify.settings import Credential


class RobotSettings(WebSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A robot: the token in its address, and the secret with which it wants to be signed (WeCom has none)."""

    token: Credential
    secret: Credential | None = None
    endpoint: Address | None = None  # another than the vendor's own


class Robot(WebChannel):
    """Says in one group what concerns it; each vendor has its address, its words and its codes."""

    name: str
    provider: str
    address = AddressKind.ROOM
    batch = 50
    endpoint: str
    code_at: str
    longest: int  # bytes
    obeys_tags = False
    codes: Codes
    limits: Limits

    def __init__(self, settings: RobotSettings) -> None:
        """Take the robot."""
        super().__init__(settings)
        self._settings = settings
        self.turns: Turns = OwnTurns()
        self._address = settings.endpoint or self.endpoint
        self.concurrency = 1  # a robot has one mouth
        self._codes = replace(self.codes, changed=settings.codes)

    def send(self, parcels: Sequence[Parcel]) -> Mapping[UUID, Outcome]:
        """Say everything once; who was to be told the same shares the outcome. Secrets are not said here."""
        outcomes: dict[UUID, Outcome] = {}
        said: dict[str, list[Parcel]] = defaultdict(list)
        for parcel in parcels:
            if parcel.topic in SECRET_TOPICS:
                outcomes[parcel.delivery_id] = SECRET_FOR_A_ROOM
            else:
                said[f"{parcel.title}\n{parcel.text}"].append(parcel)
        spoken = in_turn([self._spelled(words) for words in said], self._say, self.patience)
        for told, outcome in zip(said.values(), spoken, strict=True):
            outcomes |= {parcel.delivery_id: without_words(outcome, parcel) for parcel in told}
        return outcomes

    def _spelled(self, words: str) -> str:
        return shortened(without_markup(words) if self.obeys_tags else words, self.longest)

    def _say(self, words: str) -> Outcome:
        wait = self.turns.take(self.limits)
        if wait is not None:
            return not_yet(wait)
        return read_code(self._ask(words), self.code_at, self._codes)

    def _ask(self, words: str) -> Answer | Outcome:
        raise NotImplementedError

    def _post(self, address: str, said: dict[str, Any], **asked: str) -> Answer | Outcome:
        """Make the call in UTF-8: escaped, a Han character would take twice the room that vendors count."""
        headers = {"Content-Type": "application/json; charset=utf-8"}
        body = msgspec.json.encode(said)
        return self._web.call("POST", address, params=asked, data=body, headers=headers)


class DingTalkRobot(Robot):
    """20 messages a minute; who speaks more is banned for ten."""

    name = provider = "dingtalk"
    endpoint = "https://oapi.dingtalk.com/robot/send"
    limits = Limits(rates=(Rate(most=20, seconds=60),), are_of_calls=True)
    code_at = "errcode"
    longest = 20_000
    codes = Codes(
        accepted=("0",),
        wait=("130101", "410100", "90018", "90030"),
        retry=("-1",),
        permanent=("400105", "400106", "43*", "460101", "40035"),
        stop=("310000", "300001", "300005", "400101", "400102", "400013", "40014", "88"),
        rests={
            "130101": timedelta(minutes=10),
            "410100": timedelta(minutes=10),
            "900*": timedelta(minutes=10),
        },
    )

    def _ask(self, words: str) -> Answer | Outcome:
        said = {"msgtype": "text", "text": {"content": words}}
        asked = {"access_token": self._settings.token}
        if self._settings.secret:
            timestamp = str(int(WallClock().now().timestamp() * 1000))
            asked |= {"timestamp": timestamp, "sign": dingtalk_sign(self._settings.secret, timestamp)}
        return self._post(self._address, said, **asked)


class FeishuRobot(Robot):
    """100 messages a minute and 5 a second; the sign stands in the message."""

    name = provider = "feishu"
    endpoint = "https://open.feishu.cn/open-apis/bot/v2/hook"
    limits = Limits(rates=(Rate(most=100, seconds=60), Rate(most=5, at_once=0.4)), are_of_calls=True)
    code_at = "code"
    obeys_tags = True
    longest = 18_000  # of the 20 KB that a request may have: signs and escaped quotes need room as well
    codes = Codes(
        accepted=("0",),
        wait=("11232", "99991400"),
        retry=("-1", "1500", "19005"),
        permanent=("9499", "19002", "11246", "230025", "230028"),
        stop=("19001", "19021", "19022", "19024", "19003", "10003"),
        rests={"11232": timedelta(minutes=1), "99991400": timedelta(minutes=1)},
    )

    def _ask(self, words: str) -> Answer | Outcome:
        said: dict[str, Any] = {"msg_type": "text", "content": {"text": words}}
        if self._settings.secret:
            timestamp = str(int(WallClock().now().timestamp()))
            said |= {"timestamp": timestamp, "sign": feishu_sign(self._settings.secret, timestamp)}
        return self._post(f"{self._address}/{self._settings.token}", said)


class WeComRobot(Robot):
    """20 messages a minute, of at most 2,048 bytes."""

    name = provider = "wecom_robot"
    endpoint = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
    limits = Limits(rates=(Rate(most=20, seconds=60),), are_of_calls=True)
    code_at = "errcode"
    longest = 2048
    codes = Codes(
        accepted=("0",),
        wait=("45009", "45033"),
        retry=("-1", "6000"),
        permanent=("40008", "40058", "44004", "45002", "40033", "41044"),
        stop=("93000", "93004", "93008", "40001", "40014", "42001", "60020"),
        rests={"45009": timedelta(minutes=1), "45033": timedelta(seconds=5)},
    )

    def _ask(self, words: str) -> Answer | Outcome:
        said = {"msgtype": "text", "text": {"content": words}}
        return self._post(self._address, said, key=self._settings.token)


@described_by(RobotSettings)
def dingtalk(settings: RobotSettings) -> DingTalkRobot:
    """Return the channel of a section `[services.notify.channels.dingtalk]`."""
    return DingTalkRobot(settings)


@described_by(RobotSettings)
def feishu(settings: RobotSettings) -> FeishuRobot:
    """Return the channel of a section `[services.notify.channels.feishu]`."""
    return FeishuRobot(settings)


@described_by(RobotSettings)
def wecom_robot(settings: RobotSettings) -> WeComRobot:
    """Return the channel of a section `[services.notify.channels.wecom_robot]`."""
    return WeComRobot(settings)
