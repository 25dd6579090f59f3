"""The gate that everything passes, as the tables see it: at planning, and again before every single try.

`domain/quiet.py` and `domain/suppression.py` say the rules; here they are conditions and instants in SQL,
so that they hold for 279,000 people in one statement. Who decided nothing has no row in the small tables
that are looked at.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, cast, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.types import DateTime, Integer, Interval

from services.notify.channels import AddressKind
from services.notify.domain import (
    HALTED,
    TOPICS,
    UNAVOIDABLE_TOPICS,
    DeliveryState,
    Manners,
    Source,
    Topic,
    TopicClass,
    is_unavoidable,
)
from services.notify.domain.quiet import DAY
from services.notify.models import (
    Area,
    Burst,
    Delivery,
    Message,
    Preference,
    Recipient,
    Suppression,
    SwitchedOff,
)

Expression = ColumnElement[Any]

RINGING = frozenset({AddressKind.PHONE, AddressKind.OWN})
"""What makes a telephone ring: SMS and chats. Mail, rooms and the inbox are looked at when somebody likes."""

SWITCHABLE_TOPICS = frozenset(
    topic for topic, rule in TOPICS.items() if rule.may_be_switched_off and not rule.is_secret
)

_INSTANT = DateTime(timezone=True)


def is_halted() -> Expression:
    """Say whether `Delivery` is of a burst that operators hold: it waits for them, and for nothing else."""
    return exists().where(
        Message.id == Delivery.message_id,
        Burst.occasion == Message.occasion,
        Burst.topic == Message.topic,
        Burst.channel == Delivery.channel,
        Burst.state.in_(HALTED),
    )


def rings(address: AddressKind | None) -> bool:
    """Say whether a channel with addresses of this kind disturbs who is asleep."""
    return address in RINGING


def moment_at(manners: Manners, now: datetime) -> dict[str, Any]:
    """Return the parameters of what passes the gate: the hour, and when the hours of the house end."""
    service, invitation = TopicClass.SERVICE, TopicClass.MARKETING
    return {
        "minute": manners.minute(now),
        "minute_began": now.replace(second=0, microsecond=0),
        "quiet_ends": manners.opens_at(service, True, now),
        "invitations_open": manners.opens_at(invitation, False, now),
        "assumes_consent": manners.assumes_consent,
        "next_digest": manners.last_digest(now) + timedelta(days=1),
    }


# -- at planning, as expressions about `Recipient`


def is_unwanted(topic: Topic, channel: str) -> Expression | None:
    """Say whether the recipient declined a topic on a channel; None where nobody can."""
    if topic not in SWITCHABLE_TOPICS:
        return None
    declined = exists().where(
        SwitchedOff.recipient_id == Recipient.id, SwitchedOff.topic == topic, SwitchedOff.channel == channel
    )
    if TOPICS[topic].topic_class is not TopicClass.MARKETING:
        return declined
    said = select(Preference.wants_invitations).where(Preference.recipient_id == Recipient.id)
    consents = func.coalesce(said.scalar_subquery(), bindparam("assumes_consent"))
    return or_(declined, ~consents)


def is_suppressed(topic: Topic, kind: AddressKind, own_index: Any) -> Expression | None:
    """Say whether the address that a channel of this kind would use wants to be left alone."""
    if kind is AddressKind.EMAIL:
        index: Any = Recipient.email_index
    elif kind is AddressKind.PHONE:
        index = func.coalesce(own_index, Recipient.phone_index)
    else:
        return None
    listed = exists().where(Suppression.kind == kind.value, Suppression.address_index == index)
    return listed.where(Suppression.source == Source.PROVIDER) if is_unavoidable(topic) else listed


def waits_for_digest(topic: Topic, expires_at: Any) -> Expression | None:
    """Say whether the recipient is told of it in the digest of the day; None for what cannot wait."""
    if not TOPICS[topic].may_wait:
        return None
    wants = exists().where(Preference.recipient_id == Recipient.id, Preference.wants_digest)
    return and_(wants, expires_at > bindparam("next_digest", type_=_INSTANT))


def quiet_ends() -> Expression:
    """Return when the quiet hours end in which it is now: the recipient's own, their area's, the house's."""
    home, any_area = aliased(Area), aliased(Area)
    own = _ends_of(Preference.quiet_from, Preference.quiet_to).where(Preference.recipient_id == Recipient.id)
    at_home = _ends_of(home.quiet_from, home.quiet_to).where(home.id == Recipient.area_id)
    own, at_home = own.where(Preference.quiet_from.is_not(None)), at_home.where(home.quiet_from.is_not(None))
    some_area_has = exists().where(any_area.quiet_from.is_not(None))  # asked once, not of each recipient
    of_area = case((some_area_has, at_home.scalar_subquery()))
    return func.coalesce(own.scalar_subquery(), of_area, bindparam("quiet_ends", type_=_INSTANT))


def _ends_of(begins: Any, ends: Any) -> Select[Any]:
    """Return when hours end in which it is now, and now when they do not hold."""
    minute: Expression = bindparam("minute", type_=Integer)
    holds = (minute - begins + DAY) % DAY < (ends - begins + DAY) % DAY
    left = cast(func.make_interval(0, 0, 0, 0, 0, (ends - minute + DAY) % DAY), Interval)
    began, now = bindparam("minute_began", type_=_INSTANT), bindparam("now", type_=_INSTANT)
    return select(case((holds, began + left), else_=now))


def due_at(topic: Topic, addresses: Mapping[str, AddressKind], way_out: Any) -> Expression:
    """Return when a delivery is looked at first: once its way opens, or now, if that is too late for it.

    `way_out` has its `channel`, when it `expires_at`, and when the `quiet_ends` of its recipient.
    """
    now: Expression = bindparam("now", type_=_INSTANT)
    topic_class = TOPICS[topic].topic_class
    if topic_class is TopicClass.URGENT:
        return now
    ringing = sorted(name for name, address in addresses.items() if rings(address))
    opens: Expression = case((way_out.channel.in_(ringing), way_out.quiet_ends), else_=now)
    if topic_class is TopicClass.MARKETING:
        opens = func.greatest(opens, bindparam("invitations_open", type_=_INSTANT))
    return case((opens >= way_out.expires_at, now), else_=opens)


# -- before every try, as text within the statement that lends


def lending_at(
    manners: Manners, address: AddressKind, now: datetime, *, costs: bool = False
) -> dict[str, Any]:
    """Return the parameters of `GATED`."""
    said = {"address_kind": address.value, "rings": rings(address), "costs": costs}
    month = f"{now.astimezone(manners.zone):%Y-%m}"
    return _TOPICS_BY_RULE | moment_at(manners, now) | said | {"month": month}


def _of_class(topic_class: TopicClass) -> list[Topic]:
    return sorted(topic for topic, rule in TOPICS.items() if rule.topic_class is topic_class)


_TOPICS_BY_RULE: dict[str, Any] = {
    "urgent": _of_class(TopicClass.URGENT),
    "invitations": _of_class(TopicClass.MARKETING),
    "switchable": sorted(SWITCHABLE_TOPICS),
    "unavoidable": sorted(UNAVOIDABLE_TOPICS),
    "halted": [str(state) for state in HALTED],
}


_IS_SUPPRESSED = f"""EXISTS (
    SELECT FROM notify.suppression WHERE kind = :address_kind
        AND address_index = CASE :address_kind
            WHEN 'phone' THEN coalesce(message.address_index, recipient.phone_index)
            WHEN 'email' THEN recipient.email_index END
        AND (source = '{Source.PROVIDER}' OR message.topic <> ALL(:unavoidable)))"""

_IS_UNWANTED = """message.topic = ANY(:switchable) AND EXISTS (
    SELECT FROM notify.switched_off AS off WHERE off.recipient_id = message.recipient_id
        AND off.topic = message.topic AND off.channel = :channel)
    OR message.topic = ANY(:invitations) AND NOT coalesce(preference.wants_invitations, :assumes_consent)"""

_IS_TOO_DEAR = """:costs AND message.topic = ANY(:invitations) AND EXISTS (
    SELECT FROM notify.budget WHERE month = :month AND spent >= amount
        AND starts_with(message.area_path, budget.area_path))"""
"""An invitation for an area whose budget of the month is spent, through a provider that costs something."""

_QUIET_FROM = "coalesce(preference.quiet_from, home.quiet_from)"
_QUIET_TO = "CASE WHEN preference.quiet_from IS NULL THEN home.quiet_to ELSE preference.quiet_to END"

_QUIET_ENDS = f"""CASE
    WHEN NOT :rings THEN :now
    WHEN {_QUIET_FROM} IS NULL THEN :quiet_ends
    WHEN (:minute - {_QUIET_FROM} + {DAY}) % {DAY} < ({_QUIET_TO} - {_QUIET_FROM} + {DAY}) % {DAY}
    THEN :minute_began + make_interval(mins => ({_QUIET_TO} - :minute + {DAY}) % {DAY})
    ELSE :now END"""
"""The recipient's own hours come first, then those of the area that is their home, then the house's."""

_IS_HALTED = """EXISTS (
    SELECT FROM notify.burst WHERE state = ANY(:halted)
        AND occasion = message.occasion AND topic = message.topic AND channel = :channel)"""
"""What `is_halted` says, of the channel that lends."""

_OPENS_AT = f"""CASE
    WHEN message.topic = ANY(:urgent) THEN CAST(:now AS timestamptz)
    WHEN message.topic = ANY(:invitations) THEN greatest({_QUIET_ENDS}, :invitations_open)
    ELSE {_QUIET_ENDS} END"""

GATED = f"""
    SELECT looked_at.*, CASE
        WHEN expires_at <= :now THEN '{DeliveryState.EXPIRED}'
        WHEN is_barred THEN '{DeliveryState.SUPPRESSED}'
        WHEN is_halted THEN NULL
        WHEN opens_at <= :now THEN '{DeliveryState.SENDING}'
        WHEN opens_at >= expires_at THEN '{DeliveryState.EXPIRED}'
        END AS becomes,
        CASE WHEN expires_at <= :now THEN NULL
             WHEN is_halted AND NOT is_barred THEN expires_at
             WHEN is_barred OR opens_at >= expires_at THEN CAST(:now AS timestamptz)
             WHEN opens_at > :now THEN opens_at END AS due_at
    FROM (
        SELECT chosen.id, chosen.expires_at, message.recipient_id, message.topic,
               message.recipient_kind AS kind, message.parameters, message.wording,
               message.expires_at AS worth_until,
               coalesce(message.language, preference.language, recipient.language, 'zh') AS language,
               coalesce(message.address, recipient.phone) AS phone, recipient.email, recipient.name,
               {_OPENS_AT} AS opens_at, {_IS_HALTED} AS is_halted,
               recipient.is_active IS FALSE OR {_IS_SUPPRESSED} OR {_IS_UNWANTED} OR {_IS_TOO_DEAR}
                   AS is_barred
        FROM chosen JOIN notify.message ON message.id = chosen.message_id
             LEFT JOIN notify.recipient ON recipient.id = message.recipient_id
             LEFT JOIN notify.area AS home ON home.id = recipient.area_id
             LEFT JOIN notify.preference ON preference.recipient_id = message.recipient_id
        OFFSET 0  -- so that each is looked at once, not once for every column made of it
    ) AS looked_at
"""  # noqa: S608 - the states are our own
"""Says of each delivery that was chosen what it becomes and when it is looked at again, and opens it.

Nothing becomes of one that comes too early: it waits, and one of a halted burst until it expires, unless that
goes on before (`let_go`). What is barred, or would ring too late, ends; it stays
due, so that housekeeping lets the next channel follow. What nobody would hear any more ends for good.
"""

__all__ = [
    "GATED",
    "SWITCHABLE_TOPICS",
    "due_at",
    "is_halted",
    "is_suppressed",
    "is_unwanted",
    "lending_at",
    "moment_at",
    "quiet_ends",
    "rings",
    "waits_for_digest",
]
