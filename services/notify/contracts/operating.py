"""What operators ask: how the providers stand, whether a channel works, whether all words can be said."""

from datetime import date, datetime
from typing import ClassVar

from services.chassis.contracts import Command, Query, View
from services.chassis.refusals import Refusal, RefusalKind
from services.chassis.rights import Right

__all__ = [
    "ChannelNotThere",
    "ChannelStanding",
    "ChannelTried",
    "ChannelsSeen",
    "CheckWords",
    "NoTemplateToTry",
    "ProviderStanding",
    "RegisteredTemplateView",
    "SeeChannels",
    "TryChannel",
    "UnusableReceiver",
    "WordsChecked",
    "WordsProblem",
]


class ProviderStanding(View, frozen=True, kw_only=True):
    """One account through which a channel is carried, and what came of the last hour."""

    provider: str
    rests_until: datetime | None  # None while it is given something
    accepted: int  # attempts of the last hour
    failed: int  # attempts of the last hour that ended otherwise, doubts left aside
    ambiguous: int  # deliveries that nobody knows the end of
    receipts_missing: int  # accepted an hour to three days ago, and nothing was heard since
    stopped_since: datetime | None = None  # the provider refuses the account; None: it does not
    stop_code: str = ""  # with which it was refused last
    last_code: str = ""  # of what failed last within the hour


class ChannelStanding(View, frozen=True, kw_only=True):
    """A channel with what waits in its lanes, and its providers, the best first."""

    channel: str
    waiting: dict[str, int]  # by class of topic: urgent, service, marketing
    oldest_due_at: datetime | None
    providers: list[ProviderStanding]


class ChannelsSeen(View, frozen=True, kw_only=True):
    """How all channels stand."""

    items: list[ChannelStanding]


class SeeChannels(Query, frozen=True, kw_only=True):
    """How channels and providers stand: what waits, who rests, what came of the last hour."""

    right: ClassVar[Right] = Right.OPERATE
    answer: ClassVar[type[View]] = ChannelsSeen


class ChannelTried(View, frozen=True, kw_only=True):
    """What came of a test message; the address is masked."""

    channel: str
    provider: str
    address: str
    outcome: str
    code: str
    parts: int
    seconds: float


class TryChannel(Command, frozen=True, kw_only=True):
    """Send one test message, now and through one provider, past all queues; it is sent again at every asking.

    `channel` is the name of a channel, whose best provider is taken, or of a provider. Where only registered
    templates go out, `told` says which is tried (`claim_due_soon.member`); else the first approved one.
    """

    right: ClassVar[Right] = Right.OPERATE
    answer: ClassVar[type[View]] = ChannelTried
    is_personal: ClassVar[bool] = True

    channel: str
    receiver: str
    told: str | None = None


class RegisteredTemplateView(View, frozen=True, kw_only=True):
    """A template registered with a provider: how it stands there, and how long it may rest unused."""

    provider: str
    id: str
    told: str
    language: str
    signature: str
    state: str
    parts: int  # with sample words; 0 when they do not fit
    last_used_at: datetime | None  # as far as it was noted
    lapses_on: date | None  # None: neither its last use nor its `approved_on` is known


class WordsProblem(View, frozen=True, kw_only=True):
    """Something about words that needs a hand: where it stands, and what is wrong."""

    where: str
    problem: str
    detail: str = ""


class WordsChecked(View, frozen=True, kw_only=True):
    """What a check of all words found."""

    rendered: int  # blocks of standing words that were filled in
    overrides: int  # words of areas in force
    templates: list[RegisteredTemplateView]
    problems: list[WordsProblem]


class CheckWords(Query, frozen=True, kw_only=True):
    """Fill in all words with samples: standing ones, those of areas, and the templates of SMS accounts."""

    right: ClassVar[Right] = Right.OPERATE
    answer: ClassVar[type[View]] = WordsChecked


class ChannelNotThere(Refusal):
    """No channel or provider of that name is set up."""

    code = "notify.channel_not_there"
    kind = RefusalKind.UNKNOWN


class UnusableReceiver(Refusal):
    """The address of a test message is none for this channel."""

    code = "notify.unusable_receiver"
    kind = RefusalKind.INVALID


class NoTemplateToTry(Refusal):
    """No approved template is registered with this provider, or not for what was asked."""

    code = "notify.no_template_to_try"
