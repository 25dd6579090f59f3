"""Robots in chat groups: DingTalk, Feishu and WeCom. What many in a group are to be told is said there once.

All three answer HTTP 200 whatever happened: success is the code 0 and nothing else.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

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
    in_utf8,
    read_code,
    shortened,
    without_markup,
    without_words,
)
from services.notify.domain import SECRET_TOPICS, Limits, Outcome, Rate
from services.notify.settings import Credential

_BAN = re.compile(rb'"punish"\s*:\s*"deny"')


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
        return self._read(self._ask(words))

    def _read(self, answer: Answer | Outcome) -> Outcome:
        return read_code(answer, self.code_at, self._codes)

    def _ask(self, words: str) -> Answer | Outcome:
        raise NotImplementedError

    def _post(self, address: str, said: dict[str, Any], **asked: str) -> Answer | Outcome:
        return self._web.call("POST", address, params=asked, **in_utf8(said))


DINGTALK_CODES = Codes(
    accepted=("0",),
    wait=("130101", "410100", "1111", "90002", "90005", "90006", "90018"),
    retry=("-1",),
    permanent=("400105", "4301*", "43002", "43004", "460101", "101002", "40035"),
    stop=(
        "310000",  # keyword, sign or network: what the group asks of its robot
        "300001",
        "300005",
        "400013",
        "400101",
        "400102",
        "400106",
        "40014",
        "88",
    ),
    rests={
        "130101": timedelta(minutes=10),
        "410100": timedelta(minutes=10),
        "1111": timedelta(minutes=5),
        "90005": timedelta(minutes=1),
        "90006": timedelta(minutes=1),
        "90002": timedelta(seconds=1),
        "90018": timedelta(seconds=1),
    },
)
"""Held against copies of the vendor's pages 自定义机器人发送群消息 (-1, 40035, 43004, 310000, 400013 to
430104), 调用频次与限流 (90002, 90018, and the ban of a network address) and 服务端API全局错误码 (88).

Not on them, but in answers that others wrote down: 130101, 300001, 300005, 460101, 101002, 43002. 90005 and
90006 are in a client library; how long they last, and 40014, could not be confirmed.
"""

FEISHU_CODES = Codes(
    accepted=("0",),
    wait=("11232", "99991400"),
    retry=("-1", "1500", "2200"),
    permanent=("9499", "19002", "11246", "230025", "230028"),
    stop=("19001", "19021", "19022", "19024"),
    rests={"11232": timedelta(minutes=1), "99991400": timedelta(minutes=1)},
)
"""Held against the vendor's pages 自定义机器人使用指南 (9499, 11232, 19021, 19022, 19024), 频控策略
(99991400) and 服务端错误码说明 (1500).

Not on them, but in answers that others wrote down: 2200, 11246, 19001, 19002. 230025 and 230028 are said of
messages of applications; that a robot hears them is not confirmed.
"""

WECOM_ROBOT_CODES = Codes(
    accepted=("0",),
    wait=("45009", "45033"),
    retry=("-1", "6000"),
    permanent=("40008", "40033", "40035", "40058", "44004", "45002"),
    stop=("93000", "93004", "93008", "60020"),
    rests={"45009": timedelta(minutes=1), "45033": timedelta(seconds=5)},
)
"""Held against the vendor's page 全局错误码, of which client libraries hold the whole list."""


class DingTalkRobot(Robot):
    """20 messages a minute; who speaks more is banned for ten. A request has at most 20,000 bytes."""

    name = provider = "dingtalk"
    endpoint = "https://oapi.dingtalk.com/robot/send"
    limits = Limits(rates=(Rate(most=20, seconds=60),), are_of_calls=True)
    code_at = "errcode"
    longest = 18_000  # signs and escaped quotes need room as well
    codes = DINGTALK_CODES

    def _read(self, answer: Answer | Outcome) -> Outcome:
        """Return what an answer means; a network address that calls too often is banned without a code."""
        is_ban = isinstance(answer, Answer) and _BAN.search(answer.body) and "errcode" not in answer.json()
        return self._codes.outcome("1111") if is_ban else super()._read(answer)

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
    codes = FEISHU_CODES

    def _read(self, answer: Answer | Outcome) -> Outcome:
        """Return what an answer means; an older Feishu calls the code StatusCode, the newer says both."""
        is_older = isinstance(answer, Answer) and "code" not in answer.json()
        return read_code(answer, "StatusCode" if is_older else self.code_at, self._codes)

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
    codes = WECOM_ROBOT_CODES

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
