"""What an operator decides about messages: the gateways, how patiently to retry, the channels of a topic."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from services.notify.domain import Rate, RetryPolicy

Seconds = Annotated[float, Meta(gt=0)]
Several = Annotated[int, Meta(ge=1, le=1000)]


class SmtpSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A mail server. `batch` mails are lent to a sender at once; that many may be in doubt after a crash."""

    host: str
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str | None = None  # certificates to trust instead of the system's
    username: str | None = None
    password: str | None = None
    sender: str  # the address mails come from
    sender_name: str = "心愿树"
    timeout: Seconds = 30
    concurrency: Several = 2
    batch: Several = 5


class SmsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An SMS gateway that speaks HTTP, described rather than programmed.

    `fields` are what the gateway wants to be told: their texts, however deep, may hold `{phone}` (+8613…),
    `{national}` (13…), `{text}` and `{id}`, which is the same at every try. `code_at` is the dotted path in a
    JSON answer, or `code_pattern` the expression with a group `code` in any other, under which the gateway
    says how it went; the lists say what its words mean. Without either, a status of 2xx means accepted.

    A gateway that takes many SMS in one call is told a list of such `fields` under the name `together`, with
    the fields of `shared` beside it, and answers with a list at `results_at`: one result for each, in their
    order. Up to `batch` go into one call.
    """

    url: str
    method: Literal["GET", "POST", "PUT"] = "POST"
    headers: dict[str, str] = {}
    fields: dict[str, Any]
    encoding: Literal["json", "form", "query"] = "json"
    together: str | None = None
    shared: dict[str, Any] = {}
    results_at: str | None = None
    signature: str = ""  # 【…】 before the text, as the gateway registered it
    code_at: str | None = None
    code_pattern: str | None = None
    reference_at: str | None = None
    accepted: tuple[str, ...] = ("0", "OK")
    permanent: tuple[str, ...] = ()
    wait: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    ca_file: str | None = None
    connect_timeout: Seconds = 5
    timeout: Seconds = 15
    concurrency: Several = 8
    batch: Several = 1


class RateSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How fast an account may be used by all processes together: at most `rate` within any `per` seconds.

    An SMS counts by its parts. A share of what may go out at once is kept for security codes.
    """

    rate: Annotated[int, Meta(ge=1)]
    per: Seconds = 1
    reserve: Annotated[float, Meta(ge=0, le=0.9)] = 0.2

    def as_rate(self) -> Rate:
        """Return it as the rule it is."""
        return Rate(most=self.rate, seconds=self.per, reserve=self.reserve)


class NotifySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of notify; a channel that is not described here is left out of every plan."""

    smtp: SmtpSettings | None = None
    sms: SmsSettings | None = None
    channels: Mapping[str, dict[str, Any]] = {}  # by name; what is in them the kind of channel says
    providers: Mapping[str, tuple[str, ...]] = {}  # sms = ["aliyun", "tencent"], the best first
    rates: Mapping[str, RateSettings] = {}  # by provider
    plans: Mapping[str, tuple[str, ...]] = {}  # "release_digest.member" = ["email"]
    burst_from: Annotated[int, Meta(ge=1)] = 5000  # messages of one occasion that are shown as a burst
    bursts_wait: bool = False  # for an operator to start them; else they begin by themselves
    tries: Several = 6
    delays: Annotated[tuple[Seconds, ...], Meta(min_length=1)] = (30, 120, 600, 3600, 14400)
    pause: Seconds = 300  # how long a channel rests that refused the account
    doubt: Seconds = 300  # how long an unanswered delivery waits before it is repeated, where it is
    receipt: Seconds = 1800  # how long a receipt may take before its provider is asked
    lease: Seconds = 120  # how long a sender may take for one batch
    look_every: Seconds = 1  # at what has fallen due, when nobody nudges

    def __repr__(self) -> str:
        """Return a name: what is in here includes the secrets of the providers."""
        return "NotifySettings(…)"

    def policy(self) -> RetryPolicy:
        """Return how patiently to retry."""
        return RetryPolicy(
            tries=self.tries,
            delays=tuple(timedelta(seconds=seconds) for seconds in self.delays),
            pause=timedelta(seconds=self.pause),
            doubt=timedelta(seconds=self.doubt),
            receipt=timedelta(seconds=self.receipt),
        )


def check(settings: NotifySettings) -> None:
    """Raise `WrongSettings` for a channel, provider, template or plan that the service would refuse."""
    from services.notify.providers import lines_of, rates_of
    from services.notify.sender import check_plans

    check_plans(settings.plans)
    lines = lines_of(settings)
    rates_of(settings, lines)
    for line in lines.values():
        line.close()
