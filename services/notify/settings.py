"""What an operator decides about messages: the gateways, how patiently to retry, the channels of a topic."""

from collections.abc import Mapping
from datetime import timedelta, tzinfo
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from services.chassis.showing import Address, Shown, shown
from services.notify.domain import Hours, Limits, Manners, Price, Prices, Rate, RetryPolicy, TopicClass
from services.notify.domain.quiet import minute_of

Seconds = Annotated[float, Meta(gt=0)]
Several = Annotated[int, Meta(ge=1, le=1000)]
ReceiptToken = Annotated[str, Meta(min_length=24, pattern="^[A-Za-z0-9_-]+$")]
"""The end of the address at which the pushes of a provider are taken; without one they are not."""
HourOfDay = Annotated[Shown, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Credential = Annotated[str, Meta(pattern=r"^[\x21-\x7e]+$")]
"""A key or token as providers give them out: it can stand in a header and in an address."""


class Discreet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings with secrets in them: printed, or in a traceback, they show what they are and nothing else."""

    def __repr__(self) -> str:
        """Return a name."""
        return f"{type(self).__name__}(…)"


class Reach(Discreet, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a provider is reached over HTTP, through a `proxy` where the house has no other way out."""

    ca_file: Shown | None = None  # certificates to trust instead of the system's
    proxy: Address | None = None  # http://proxy.example.org:3128, maybe with a name and a password
    connect_timeout: Seconds = 5
    timeout: Seconds = 15
    concurrency: Several = 4


class SmtpSettings(Discreet, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A mail server. `batch` mails are lent to a sender at once; that many may be in doubt after a crash.

    With `bounces` each mail has a return address of its own, `bounce+TOKEN@example.org`. What comes back
    there is handed in at /api/v1/receipts/smtp/ and the `receipt_token`.
    """

    host: Shown
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: Shown | None = None  # certificates to trust instead of the system's
    username: Shown | None = None
    password: str | None = None
    sender: Shown  # the address mails come from
    sender_name: Shown = "心愿树"
    bounces: Shown | None = None
    receipt_token: ReceiptToken | None = None
    timeout: Seconds = 30
    concurrency: Several = 2
    batch: Several = 5


Algorithm = Literal["md5", "sha1", "sha256", "hmac-md5", "hmac-sha1", "hmac-sha256"]
ShownAs = Literal["hex", "HEX", "base64"]


class PushSignatureSettings(Discreet, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a provider signs what it pushes: what is made `by` an algorithm `over` a text stands in a header.

    The text may have the blanks `{{ body }}`, the push to the byte, and those of `headers` that are signed,
    too: X-Timestamp is `{{ x_timestamp }}`. Only headers that speak of signs, times and nonces come this far.
    """

    header: Annotated[Shown, Meta(pattern="(?i)^[a-z0-9-]*sign[a-z0-9-]*$")]
    by: Algorithm = "hmac-sha256"
    key: Annotated[str, Meta(min_length=1)] | None = None  # of an hmac
    over: str = "{{ body }}"
    headers: tuple[
        Annotated[Shown, Meta(pattern="(?i)^[a-z0-9-]*(sign|timestamp|nonce)[a-z0-9-]*$")], ...
    ] = ()
    shown_as: ShownAs = "hex"
    prefix: Shown = ""  # before it in the header: sha256=


class ReceiptSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where things stand in the receipts that a gateway pushes, and what its words for an end mean.

    A receipt names its SMS by `mark`, the field in which the `{id}` comes back that was sent along, or by
    `reference`, what the gateway called it, together with `phone`. `code` is the field that says what became
    of it: it arrived, it failed, or it failed because the number wants to be left alone (`opted_out`), which
    it is from then on; what is in none of these is no end yet. Fields are dotted paths; `together` is
    the one under which a push carries a list of receipts.
    """

    together: Shown | None = None
    mark: Shown | None = None
    reference: Shown | None = None
    phone: Shown | None = None
    code: Shown
    arrived: Annotated[tuple[Shown, ...], Meta(min_length=1)]
    failed: tuple[Shown, ...] = ()
    opted_out: tuple[Shown, ...] = ()


class ComputedSettings(Discreet, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A word that is computed for a call, to be filled in like the others: what time it is, or a signature.

    `time` is how the clock is read: as `strftime` has it, or in `seconds` or `milliseconds` since 1970. A
    signature is made `by` an algorithm `over` a text with blanks; words computed before it may stand there.
    """

    time: Shown | None = None
    zone: Shown = "Asia/Shanghai"
    by: Algorithm | Literal["base64"] | None = None
    over: str | None = None
    key: Annotated[str, Meta(min_length=1)] | None = None  # of an hmac
    shown_as: ShownAs = "hex"


class SmsSettings(Reach, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An SMS gateway that speaks HTTP, described rather than programmed.

    Texts may have blanks, filled in fit for their place: `{{ phone }}` (+8613…), `{{ national }}` (13…),
    `{{ text }}`, `{{ id }}`, which is the same at every try, `{{ nonce }}`, which is not, what is `computed`,
    and `{{ receipt_token }}`. They may stand in `url`, `headers`, `fields`, `shared` and `body`.

    `fields` are what the gateway wants to be told, as JSON, form or query; or `body` is, a text of the
    `content_type` (XML, JSON, a form or plain), beside which fields may stand in the query.

    `code_at` is the dotted path in a JSON answer, or `code_pattern` the expression with a group `code` in any
    other (and maybe one `reference`), under which the gateway says how it went; the lists say what its words
    mean, at a status that would blame the account too. Without either, a status of 2xx means accepted.

    A gateway that takes many SMS in one call is told a list of such `fields` under the name `together`, with
    the fields of `shared` beside it. One that takes many numbers with the same words is told them in
    `{{ phones }}` or `{{ nationals }}`, `joined` by such a sign. Up to `batch` go into one call. Either
    answers with a list at `results_at`, one result for each, in their order or with its number at
    `result_phone_at`; the second may answer once for them all. A call that is refused as a whole, for good,
    is made again in halves: one of its numbers is to blame.

    With a `receipt_token` the gateway may push what people answer, as JSON, to /api/v1/replies/http/ and the
    token: number and words are looked for under `reply_phone` and `reply_text`.
    """

    url: Address
    method: Literal["GET", "POST", "PUT"] = "POST"
    headers: dict[str, str] = {}
    fields: dict[str, Any] = {}
    encoding: Literal["json", "form", "query"] = "json"
    body: str | None = None
    content_type: Shown = "application/xml"
    charset: Literal["utf-8", "gbk", "gb18030"] = "utf-8"  # of body, form, query and answers; JSON has one
    computed: dict[str, ComputedSettings] = {}
    together: Shown | None = None
    shared: dict[str, Any] = {}
    joined: Annotated[Shown, Meta(min_length=1, max_length=3)] | None = None
    results_at: Shown | None = None
    result_phone_at: Shown | None = None
    signature: Shown = ""  # 【…】 before the text, as the gateway registered it
    code_at: Shown | None = None
    code_pattern: Shown | None = None
    reference_at: Shown | None = None
    accepted: tuple[Shown, ...] = ("0", "OK")
    permanent: tuple[Shown, ...] = ()
    opted_out: tuple[Shown, ...] = ()
    wait: tuple[Shown, ...] = ()
    stop: tuple[Shown, ...] = ()
    concurrency: Several = 8
    batch: Several = 1
    receipt_token: ReceiptToken | None = None  # receipts are taken by GET, as a form or as JSON
    receipt_sources: tuple[Shown, ...] = ()  # the networks it pushes from; without them any
    receipt_signature: PushSignatureSettings | None = None
    receipts: ReceiptSettings | None = None
    reply_phone: Shown = "phone"
    reply_text: Shown = "text"


class RateSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How fast an account may be used by all processes together: at most `rate` within any `per` seconds.

    `per` may be `"day"`, too: one of the vendor's days, by the clocks of Beijing. An SMS counts by its parts.
    A share of what may go out at once is kept for security codes.
    """

    rate: Annotated[int, Meta(ge=1)]
    per: Seconds | Literal["day"] = 1
    reserve: Annotated[float, Meta(ge=0, le=0.9)] = 0.2


Rates = RateSettings | tuple[RateSettings, ...]


def limits_as(described: Rates, before: Limits) -> Limits:
    """Return the limits of an account as the settings have them, instead of those that its channel knows."""
    every = described if isinstance(described, tuple) else (described,)
    return Limits(
        rates=tuple(
            Rate(most=one.rate, seconds=one.per, reserve=one.reserve) for one in every if one.per != "day"
        ),
        a_day=min((one.rate for one in every if one.per == "day"), default=None),
        are_of_calls=before.are_of_calls,
    )


class PriceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a provider asks for each part of a message, in yuan: `"0.045"`; maybe also if it failed."""

    per_part: Annotated[Shown, Meta(pattern=r"^\d{1,4}(\.\d{1,4})?$")]
    is_due_when_failed: bool = False

    def as_price(self) -> Price:
        """Return it as the rule it is."""
        return Price(per_part=Decimal(self.per_part), is_due_when_failed=self.is_due_when_failed)


class PatienceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long messages of each class wait for a channel that is closed before they go another way."""

    urgent: Seconds = 60
    service: Seconds = 3600
    marketing: Seconds = 21600

    def by_class(self) -> dict[TopicClass, timedelta]:
        """Return it as the rule it is."""
        return {name: timedelta(seconds=getattr(self, name.value)) for name in TopicClass}


class NotifySettings(Discreet, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of notify; a channel that is not described here is left out of every plan."""

    smtp: SmtpSettings | None = None
    sms: SmsSettings | None = None
    channels: Mapping[str, dict[str, Any]] = {}  # by name; what is in them the kind of channel says
    providers: Mapping[str, tuple[Shown, ...]] = {}  # sms = ["aliyun", "tencent"], the best first
    rates: Mapping[str, Rates] = {}  # by provider, instead of our own
    prices: Mapping[str, PriceSettings] = {}  # by provider; without one its messages cost nothing
    plans: Mapping[str, tuple[Shown, ...]] = {}  # "release_digest.member" = ["email"]
    burst_from: Annotated[int, Meta(ge=1)] = 5000  # messages of one occasion that are shown as a burst
    bursts_wait: bool = False  # for an operator to start them; else they begin by themselves
    at_once: Annotated[int, Meta(ge=1)] = 10_000  # members told in one piece, while others go out
    tries: Several = 6
    delays: Annotated[tuple[Seconds, ...], Meta(min_length=1)] = (30, 120, 600, 3600, 14400)
    urgent_delays: Annotated[tuple[Seconds, ...], Meta(min_length=1)] = (5, 10, 20, 40, 60)
    patience: PatienceSettings = PatienceSettings()
    pause: Seconds = 300  # how long a channel rests that refused the account
    doubt: Seconds = 300  # how long a doubt lasts about which nobody can be asked; then see the topic's risk
    repeats: Annotated[int, Meta(ge=0, le=10)] = 2  # sent again blindly, where silence would be worse
    receipt: Seconds = 1800  # how long a receipt may take before its provider is asked
    lease: Seconds = 120  # how long a sender may take for one batch
    look_every: Seconds = 1  # at what has fallen due, when nobody nudges
    quiet_from: HourOfDay = "21:00"  # SMS and chats wait, unless they are urgent; equal hours: there are none
    quiet_to: HourOfDay = "08:00"
    invitations_from: HourOfDay = "08:00"  # invitations go out between these hours only, on every way
    invitations_to: HourOfDay = "22:00"
    consent: Literal["assumed", "asked"] = "assumed"  # to invitations, of whoever said nothing
    digest_at: HourOfDay = "17:30"  # for whoever wants one message a day
    messages_kept_days: Annotated[int, Meta(ge=183)] = 1096  # then they are forgotten; half a year is the law

    def manners(self, zone: tzinfo) -> Manners:
        """Return when people are left alone, by the clocks of `zone`."""
        return Manners(
            quiet=Hours.between(self.quiet_from, self.quiet_to),
            no_invitations=Hours.between(self.invitations_to, self.invitations_from),
            assumes_consent=self.consent == "assumed",
            digest_minute=minute_of(self.digest_at),
            zone=zone,
        )

    def price_list(self, zone: str) -> Prices:
        """Return what providers ask for; months are those of `zone`."""
        return Prices({name: described.as_price() for name, described in self.prices.items()}, zone)

    def policy(self) -> RetryPolicy:
        """Return how patiently to retry."""
        return RetryPolicy(
            tries=self.tries,
            delays=tuple(timedelta(seconds=seconds) for seconds in self.delays),
            urgent_delays=tuple(timedelta(seconds=seconds) for seconds in self.urgent_delays),
            patience=self.patience.by_class(),
            pause=timedelta(seconds=self.pause),
            doubt=timedelta(seconds=self.doubt),
            repeats=self.repeats,
            receipt=timedelta(seconds=self.receipt),
        )


def show(settings: NotifySettings) -> dict[str, Any]:
    """Return the settings as they may be seen: of a channel what its kind lets be seen."""
    from services.notify.channels import shown_section

    channels = {name: shown_section(name, described) for name, described in settings.channels.items()}
    return shown(settings) | {"channels": channels}


def check(settings: NotifySettings) -> None:
    """Raise `WrongSettings` for a channel, provider, template or plan that the service would refuse."""
    from services.notify.channels.providers import check_plans, lines_of, prices_of

    lines = lines_of(settings)
    check_plans(settings.plans, lines)
    prices_of(settings, lines, "UTC")
    for line in lines.values():
        line.close()
