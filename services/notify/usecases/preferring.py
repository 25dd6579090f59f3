"""What people decide about being told: topics by channel, invitations, quiet hours, digest, language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from services.chassis.rights import Actor
from services.chassis.work import Work
from services.notify.channels import AddressKind
from services.notify.contracts import (
    CannotBeSwitchedOff,
    ChannelSwitch,
    MyPreferences,
    Preferences,
    SetPreferences,
    TopicChoice,
    UnknownLanguage,
    UnknownSwitch,
    UnusableHours,
)
from services.notify.domain import TOPICS, Hours, RecipientKind, Source, Topic
from services.notify.domain.quiet import minute_of, said_as
from services.notify.gate import SWITCHABLE_TOPICS
from services.notify.gate.ways import Ways
from services.notify.models import Area, Preference, Recipient, Suppression, SwitchedOff
from services.notify.templates import LANGUAGES

Person = tuple[UUID, RecipientKind]

MOST_SWITCHES = 500


def my_preferences(ways: Ways, work: Work, query: MyPreferences) -> Preferences:
    """Return what the caller decided, and what holds where they decided nothing."""
    return _shown(ways, work, _persons(work, query.by, query.for_unit))


def set_preferences(ways: Ways, work: Work, command: SetPreferences, now: datetime) -> Preferences:
    """Keep what the caller decides; what they leave out stays as it is.

    Raises `CannotBeSwitchedOff`, `UnknownSwitch`, `UnusableHours`, `UnknownLanguage`; nothing is kept then.
    """
    persons = _persons(work, command.by, command.for_unit)
    ids = [person for person, _ in persons]
    decided = _decided(command) | {"changed_at": now}
    _switch(ways, work, persons, command.switches)
    undecided: dict[str, Any] = {"wants_invitations": None, "quiet_from": None, "quiet_to": None}
    undecided |= {"wants_digest": False, "language": None}
    rows = [{"recipient_id": person} | undecided | decided for person in ids]
    kept = insert(Preference).values(rows)
    work.session.execute(kept.on_conflict_do_update(index_elements=["recipient_id"], set_=decided))
    if command.resumes:
        _resume(work, ids)
    return _shown(ways, work, persons)


def _persons(work: Work, caller: Actor, for_unit: bool) -> list[Person]:
    """Return as whom the caller is told something: themselves, or the unit for which they act.

    Members have a unit too, but only an account acts for it.
    """
    unit = [(caller.unit_id if caller.account_id else None, RecipientKind.UNIT)]
    own = [(caller.account_id, RecipientKind.ACCOUNT), (caller.member_id, RecipientKind.MEMBER)]
    persons = [(known, kind) for known, kind in (unit if for_unit else own) if known]
    work.permit_self(*(known for known, _ in persons))
    return persons


def _decided(command: SetPreferences) -> dict[str, Any]:
    """Return the columns that a command changes; raise a refusal for what nobody can mean."""
    decided: dict[str, Any] = {}
    if command.wants_invitations is not None:
        decided["wants_invitations"] = command.wants_invitations
    if command.wants_digest is not None:
        decided["wants_digest"] = command.wants_digest
    if command.language is not None:
        if command.language not in LANGUAGES:
            raise UnknownLanguage()
        decided["language"] = command.language
    return decided | _hours(command)


def _hours(command: SetPreferences) -> dict[str, int | None]:
    if command.keeps_house_hours:
        return {"quiet_from": None, "quiet_to": None}
    if command.quiet_from is None and command.quiet_to is None:
        return {}
    try:
        return {
            "quiet_from": minute_of(command.quiet_from or ""),
            "quiet_to": minute_of(command.quiet_to or ""),
        }
    except ValueError:
        raise UnusableHours() from None


def _switch(ways: Ways, work: Work, persons: Sequence[Person], switches: Sequence[ChannelSwitch]) -> None:
    """Switch channels of topics on and off, for as whom they are told of them; the last word counts."""
    if len(switches) > MOST_SWITCHES:
        raise UnknownSwitch()
    offered = {person: _offered(ways, kind) for person, kind in persons}
    decided: dict[tuple[UUID, str, str], bool] = {}
    for switch in switches:
        told = [person for person in offered if (switch.topic, switch.channel) in offered[person]]
        if not told:
            raise UnknownSwitch()
        if Topic(switch.topic) not in SWITCHABLE_TOPICS:
            raise CannotBeSwitchedOff()
        decided |= {(person, switch.topic, switch.channel): switch.is_on for person in told}
    _keep_switches(work, decided)


def _keep_switches(work: Work, decided: Mapping[tuple[UUID, str, str], bool]) -> None:
    switch = (SwitchedOff.recipient_id, SwitchedOff.topic, SwitchedOff.channel)
    if on := [key for key, is_on in decided.items() if is_on]:
        work.session.execute(delete(SwitchedOff).where(tuple_(*switch).in_(on)))
    if off := sorted(key for key, is_on in decided.items() if not is_on):
        rows = [dict(zip(("recipient_id", "topic", "channel"), key, strict=True)) for key in off]
        work.session.execute(insert(SwitchedOff).values(rows).on_conflict_do_nothing())


def _offered(ways: Ways, kind: RecipientKind) -> dict[tuple[str, str], Topic]:
    """Return the topics and channels through which a kind of recipient is told here."""
    return {(topic.value, channel): topic for topic in TOPICS for _, channel in ways.usable(topic, kind)}


def _resume(work: Work, ids: Sequence[UUID]) -> None:
    """Take the caller's addresses off the list, where no provider holds them on a list of its own."""
    for kind, index in (
        (AddressKind.PHONE, Recipient.phone_index),
        (AddressKind.EMAIL, Recipient.email_index),
    ):
        own = select(index).where(Recipient.id.in_(ids), index.is_not(None))
        listed = (Suppression.kind == kind.value) & Suppression.address_index.in_(own)
        work.session.execute(delete(Suppression).where(listed, Suppression.source != Source.PROVIDER))


def _shown(ways: Ways, work: Work, persons: Sequence[Person]) -> Preferences:
    ids = [person for person, _ in persons]
    sought = select(Preference).where(Preference.recipient_id.in_(ids)).order_by(Preference.changed_at.desc())
    decided = work.session.execute(sought.limit(1)).scalars().first()
    own, manners = decided.quiet if decided else None, ways.manners
    quiet = own or _quiet_at_home(work, ids) or manners.quiet
    consents = decided.wants_invitations if decided else None
    return Preferences(
        topics=_choices(ways, work, persons),
        wants_invitations=manners.assumes_consent if consents is None else consents,
        quiet_from=said_as(quiet.begins),
        quiet_to=said_as(quiet.ends),
        has_own_quiet_hours=own is not None,
        wants_digest=decided.wants_digest if decided else False,
        language=decided.language if decided else None,
        suppressed=_suppressed(work, ids),
    )


def _quiet_at_home(work: Work, ids: Sequence[UUID]) -> Hours | None:
    """Return the quiet hours of the area where they live, where it does not go by the house."""
    at_home = select(Area).join(Recipient, Recipient.area_id == Area.id)
    found = at_home.where(Recipient.id.in_(ids), Area.quiet_from.is_not(None)).limit(1)
    area = work.session.scalars(found).first()
    return area.quiet if area else None


def _choices(ways: Ways, work: Work, persons: Sequence[Person]) -> list[TopicChoice]:
    ids = [person for person, _ in persons]
    listed = select(SwitchedOff.topic, SwitchedOff.channel).where(SwitchedOff.recipient_id.in_(ids))
    off = {(topic, channel) for topic, channel in work.session.execute(listed)}
    channels: dict[str, list[ChannelSwitch]] = {}
    for _, kind in persons:
        for topic, channel in _offered(ways, kind):
            switch = ChannelSwitch(topic=topic, channel=channel, is_on=(topic, channel) not in off)
            if switch not in channels.setdefault(topic, []):
                channels[topic].append(switch)
    return [
        TopicChoice(
            topic=topic,
            topic_class=TOPICS[Topic(topic)].topic_class,
            may_be_switched_off=Topic(topic) in SWITCHABLE_TOPICS,
            channels=switches,
        )
        for topic, switches in sorted(channels.items())
    ]


def _suppressed(work: Work, ids: Sequence[UUID]) -> list[str]:
    phones = (Suppression.kind == AddressKind.PHONE) & (Suppression.address_index == Recipient.phone_index)
    mails = (Suppression.kind == AddressKind.EMAIL) & (Suppression.address_index == Recipient.email_index)
    listed = select(Suppression.kind).join(Recipient, phones | mails).where(Recipient.id.in_(ids)).distinct()
    return sorted(work.session.execute(listed).scalars())
