"""WeCom's application messages and WeChat's template messages: a token first, then errcode 0 or nothing."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from services.chassis import clock
from services.chassis.settings import WrongSettings
from services.chassis.showing import Address, Shown
from services.notify.channels import AddressKind, Parcel, described_by
from services.notify.channels.codes import Codes
from services.notify.channels.outcomes import UNUSABLE
from services.notify.channels.pace import OwnTurns, Turns, not_yet_to
from services.notify.channels.patience import NOT_BEGUN
from services.notify.channels.receipts import Receipt
from services.notify.channels.registry import RegisteredTemplate, Registry, Wording
from services.notify.channels.tokens import AccessToken
from services.notify.channels.web import (
    Answer,
    OneInACall,
    Web,
    WebChannel,
    WebSettings,
    again_in_doubt,
    in_utf8,
    read_code,
    shortened,
    without_markup,
    without_words,
)
from services.notify.channels.wechat_events import ends_in, word_for
from services.notify.domain import NO_LIMITS, Limits, Outcome, Rate, Verdict, day_turns_in
from services.notify.settings import Credential, ReceiptToken

LONGEST = 2048  # bytes of an application message's text
BLANK = re.compile(r"\{\{(\w+)\.DATA\}\}")
GONE = Outcome(Verdict.PERMANENT, "invaliduser")
QUOTA_OF_DAY = "45009"
STALE_TOKEN = frozenset({"40001", "40014", "42001"})
"""Codes after which a fresh token is asked for, once: nothing went out with the old one."""

WECOM_CODES = Codes(
    accepted=("0",),
    wait=("45009", "45033"),
    retry=("-1", "6000"),
    permanent=(
        "40003",
        "40008",
        "40031",
        "40032",
        "40033",
        "40035",
        "40058",
        "44004",
        "45002",
        "46004",
        "50002",
        "60011",
        "60111",
        "81013",
        "82001",
        "92000",
        "301021",
        "invaliduser",
    ),
    stop=(
        "40001",
        "40013",
        "40014",
        "40056",
        "40091",
        "41001",
        "41002",
        "41004",
        "41011",
        "42001",
        "48002",
        "48004",
        "50003",
        "60020",
        "301002",
        "2000002",
    ),
    rests={
        "45009": timedelta(hours=1),  # what an application may say in a day, or too many wrong secrets
        "45033": timedelta(seconds=5),
    },
)
"""Held against the vendor's pages 全局错误码, of which client libraries hold the whole list, and 访问频率限制
(how long 45009 lasts: a minute, an hour or a day, by the limit that was met).

60011 names a member, a department or a label to whom the application may not speak; it stops nobody else.
"""

WECHAT_CODES = Codes(
    accepted=("0", "45065"),  # a message of this id is there already
    wait=("45009", "45011", "45066", "40251"),
    retry=("-1",),
    elsewhere=("40036", "40037", "40252", "43116"),  # it does not know the template, as for SMS, or not now
    permanent=(
        "40003",
        "40008",
        "40033",
        "40035",
        "40097",
        "40165",
        "40249",
        "40250",
        "41009",
        "41030",
        "44002",
        "44004",
        "45002",
        "46004",
        "47001",
        "47003",
    ),
    opted_out=("43004", "43019", "43101", "48002", "50005"),  # does not follow any more, or declined
    stop=(
        "40001",
        "40002",
        "40013",
        "40014",
        "40125",
        "40164",
        "40243",
        "41001",
        "41002",
        "41004",
        "42001",
        "48001",
        "48004",
        "48008",
        "50002",
        "50004",
        "50007",
        "61004",
        "61024",
        "8950*",  # the network address waits for the administrator's word, or got a no
        "200011",
    ),
    rests={
        "45009": timedelta(hours=1),  # the quota of a day; an account rests until the day turns
        "45011": timedelta(minutes=1),
        "40251": timedelta(hours=1),
    },
)
"""Held against the vendor's pages 全局错误码 and 服务端 API 调用说明 (40243, 61004), and client libraries
that hold 全局返回码 with the codes of template messages and of tokens.

40097, 40165, 41030, 43101, 50007 and 61024 could not be confirmed for a template message. 45065 and 45066 are
said of messages to all followers: that a repeated `client_msg_id` is answered so is not confirmed.
"""


class WeComSettings(WebSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An application of a WeCom enterprise; recipients are addressed by their member id."""

    corp_id: Annotated[Shown, Meta(pattern="^[A-Za-z0-9_-]+$")]
    corp_secret: Credential
    agent_id: int
    endpoint: Address = "https://qyapi.weixin.qq.com"


class WeChatSettings(WebSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A WeChat official account; followers are addressed by their openid, in its registered templates."""

    app_id: Annotated[Shown, Meta(pattern="^[A-Za-z0-9_-]+$")]
    app_secret: Credential
    templates: list[RegisteredTemplate]
    endpoint: Address = "https://api.weixin.qq.com"
    # The end of the address at which its events are taken, and the Token with which they are signed.
    receipt_token: ReceiptToken | None = None
    push_token: Annotated[str, Meta(pattern="^[A-Za-z0-9]{3,32}$")] | None = None


class WeComApp(WebChannel):
    """Tells members through an application; one call for all who are told the same, whoever it names is out.

    What exceeds 30 messages a minute to one member is dropped by WeCom without a word, so it waits here.
    """

    name = provider = "wecom"
    address = AddressKind.OWN
    usable = re.compile(r"[A-Za-z0-9][A-Za-z0-9_@.-]{0,63}")  # one member: not `@all`, not `a|b`
    batch = 200
    limits = NO_LIMITS
    to_one_member = Rate(most=30, seconds=60, at_once=0.5)

    def __init__(self, settings: WeComSettings) -> None:
        """Take the application."""
        super().__init__(settings)
        self._settings = settings
        self.turns: Turns = OwnTurns()
        self._codes = replace(WECOM_CODES, changed=settings.codes)
        self._token = AccessToken(self._ask_for_token, self._codes)

    def send(self, parcels: Sequence[Parcel]) -> Mapping[UUID, Outcome]:
        """Send; members whom WeCom does not know are refused although the call succeeds."""
        outcomes: dict[UUID, Outcome] = {}
        told: dict[str, list[Parcel]] = defaultdict(list)
        usable = [parcel for parcel in parcels if self.usable.fullmatch(parcel.address)]
        outcomes |= dict.fromkeys(_ids(parcels), UNUSABLE) | dict.fromkeys(_ids(usable), MEMBER_WAITS)
        for parcel in self._whose_turn_it_is(usable):
            told[f"{parcel.title}\n{parcel.text}"].append(parcel)
        ends_at = monotonic() + self.patience
        for words, group in told.items():
            late = monotonic() >= ends_at
            outcomes |= dict.fromkeys(_ids(group), NOT_BEGUN) if late else self._tell(group, words)
        return outcomes

    def _whose_turn_it_is(self, parcels: list[Parcel]) -> list[Parcel]:
        """Return what may go out now: of each member the first message, then the second, while it goes."""
        waiting: dict[str, list[Parcel]] = defaultdict(list)
        for parcel in parcels:
            waiting[parcel.address].append(parcel)
        chosen: list[Parcel] = []
        while waiting:
            taken = self.turns.take_each(self.to_one_member, waiting)
            chosen += [waiting[address].pop(0) for address in waiting if address in taken]
            waiting = {address: left for address, left in waiting.items() if address in taken and left}
        return chosen

    def _tell(self, parcels: list[Parcel], words: str) -> dict[UUID, Outcome]:
        said = {
            "touser": "|".join(dict.fromkeys(parcel.address for parcel in parcels)),
            "msgtype": "text",
            "agentid": self._settings.agent_id,
            "text": {"content": shortened(without_markup(words), LONGEST)},
        }
        address = f"{self._settings.endpoint}/cgi-bin/message/send"
        answer = with_token(self._web, self._token, address, said)
        outcome = read_code(answer, "errcode", self._codes, "msgid")
        unknown = _unknown_members(answer) if outcome.verdict is Verdict.ACCEPTED else frozenset()
        return {
            parcel.delivery_id: GONE if parcel.address.lower() in unknown else without_words(outcome, parcel)
            for parcel in parcels
        }

    def _ask_for_token(self) -> Answer | Outcome:
        settings = self._settings
        asked = {"corpid": settings.corp_id, "corpsecret": settings.corp_secret}
        return self._web.call("GET", f"{settings.endpoint}/cgi-bin/gettoken", params=asked)


MEMBER_WAITS = not_yet_to(WeComApp.to_one_member)


class WeChatAccount(OneInACall):
    """Tells followers of an official account, one in a call; a repetition within ten minutes is recognised.

    An account has 100,000 such messages a day, and a city does not fit: it rests then until the day turns.
    With many followers it has more, as its console says. An event says what became of each.
    """

    name = provider = "wechat"
    address = AddressKind.OWN
    usable = re.compile(r"[A-Za-z0-9_-]{1,64}")  # an openid
    limits = Limits(a_day=100_000)

    def __init__(self, settings: WeChatSettings) -> None:
        """Take the account; raise `WrongSettings` for a template that cannot be used."""
        super().__init__(settings)
        self._settings = settings
        self.registry = Registry(settings.app_id, settings.templates, BLANK)
        self._codes = replace(WECHAT_CODES, changed=settings.codes)
        self._token = AccessToken(self._ask_for_token, self._codes)
        self.receipt_token, self._push_token = settings.receipt_token, settings.push_token
        if (settings.receipt_token is None) is not (settings.push_token is None):
            raise WrongSettings("receipt_token and push_token go together.")

    def word_for(self, reports: Sequence[Mapping[str, Any]]) -> str | None:
        """Return what WeChat wants to hear back, or None when it did not sign."""
        return word_for(self._push_token, reports) if self._push_token else None

    def read(self, reports: Sequence[Mapping[str, Any]]) -> list[Receipt]:
        """Return what became of messages, of the events in a push."""
        return ends_in(reports)

    def _send_one(self, parcel: Parcel) -> Outcome:
        if not self.usable.fullmatch(parcel.address):
            return UNUSABLE
        wording = self.registry.fit(parcel)
        if isinstance(wording, Outcome):
            return wording
        said = _template_message(parcel, wording)
        outcome = again_in_doubt(lambda: self._tell(said))
        if outcome.verdict is Verdict.ACCEPTED:
            self.registry.note_use(wording.template, clock.now())
        if outcome.code == QUOTA_OF_DAY:
            return replace(outcome, after=day_turns_in(clock.now()))
        return outcome

    def _tell(self, said: dict[str, Any]) -> Outcome:
        address = f"{self._settings.endpoint}/cgi-bin/message/template/send"
        return read_code(with_token(self._web, self._token, address, said), "errcode", self._codes, "msgid")

    def _ask_for_token(self) -> Answer | Outcome:
        """Ask for a stable token: asking again leaves those of other processes good."""
        settings = self._settings
        said = {"grant_type": "client_credential", "appid": settings.app_id, "secret": settings.app_secret}
        return self._web.call("POST", f"{settings.endpoint}/cgi-bin/stable_token", json=said)


def with_token(web: Web, token: AccessToken, address: str, said: dict[str, Any]) -> Answer | Outcome:
    """Make a call with a token, and once more with a fresh one when the provider says that it was stale."""
    answer: Answer | Outcome = Outcome(Verdict.RETRY, "no_token")
    for _ in range(2):
        good = token.get()
        if isinstance(good, Outcome):
            return good
        answer = web.call("POST", address, params={"access_token": good}, **in_utf8(said))
        if isinstance(answer, Outcome) or str(answer.json().get("errcode")) not in STALE_TOKEN:
            break
        token.forget()
    return answer


def _template_message(parcel: Parcel, wording: Wording) -> dict[str, Any]:
    return {
        "touser": parcel.address,
        "template_id": wording.template,
        "client_msg_id": str(parcel.delivery_id).replace("-", ""),
        "data": {name: {"value": value} for name, value in wording.variables},
    }


def _unknown_members(answer: Answer | Outcome) -> frozenset[str]:
    """Return whom an answer names as not told, although it says 0."""
    said = answer.json() if isinstance(answer, Answer) else {}
    named = "|".join(str(said.get(place) or "") for place in ("invaliduser", "unlicenseduser"))
    return frozenset(named.lower().split("|")) - {""}


def _ids(parcels: Sequence[Parcel]) -> list[UUID]:
    return [parcel.delivery_id for parcel in parcels]


@described_by(WeComSettings)
def wecom(settings: WeComSettings) -> WeComApp:
    """Return the channel of a section `[services.notify.channels.wecom]`."""
    return WeComApp(settings)


@described_by(WeChatSettings)
def wechat(settings: WeChatSettings) -> WeChatAccount:
    """Return the channel of a section `[services.notify.channels.wechat]`."""
    return WeChatAccount(settings)
