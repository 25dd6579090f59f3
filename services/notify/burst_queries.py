"""What can be read of bursts: how one would look, how far one has come, when the rest will be told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from services.chassis import clock
from services.chassis.paging import id_named, one_more, page_of
from services.chassis.refusals import Malformed
from services.chassis.rights import EVERYWHERE
from services.chassis.work import Work
from services.notify.channels import AddressKind
from services.notify.contracts import (
    BurstList,
    BurstSchedule,
    BurstSlot,
    BurstSummary,
    BurstView,
    GetBurst,
    ListBursts,
    PlanBurst,
    UnknownChannel,
)
from services.notify.domain import ALWAYS, BY_DAY, TOPICS, DeliveryState, RecipientKind, Topic, TopicClass
from services.notify.domain import schedule as scheduled
from services.notify.models import Burst, Delivery, Handle, Message, Recipient
from services.notify.usecases.bursts import burst_within

_LEFT = (DeliveryState.PLANNED, DeliveryState.SENDING)


def plan_burst(
    addresses: Mapping[str, AddressKind], speeds: Mapping[str, float], work: Work, query: PlanBurst
) -> BurstSchedule:
    """Return when how many members of an area would be invited through a channel; raise `UnknownChannel`."""
    work.permit(query.area_path)
    if query.channel not in addresses:
        raise UnknownChannel()
    is_there = Recipient.area_path.startswith(query.area_path, autoescape=True)
    counted = select(func.count()).select_from(Recipient)
    counted = counted.where(Recipient.kind == RecipientKind.MEMBER, Recipient.is_active, is_there)
    number = work.session.execute(counted.where(_has_address(addresses, query.channel))).scalar_one()
    begins_at = query.begins_at or clock.now()
    return _schedule(work, number, speeds[query.channel], begins_at, Topic.RELEASE_DIGEST)


def get_burst(speeds: Mapping[str, float], work: Work, query: GetBurst) -> BurstView:
    """Return a burst with its progress; raise `UnknownBurst`."""
    burst = burst_within(work, query.burst_id)
    counted = (
        select(Delivery.state, func.count())
        .join(Message, Message.id == Delivery.message_id)
        .where(Message.occasion == burst.occasion, Message.topic == burst.topic)
        .where(Delivery.channel == burst.channel)
        .group_by(Delivery.state)
    )
    by_state: dict[str, int] = {}
    for state, number in work.session.execute(counted):
        by_state[state] = number
    left = sum(by_state.get(state, 0) for state in _LEFT)
    speed = speeds.get(burst.channel, 1.0)
    return BurstView(
        id=burst.id,
        topic=burst.topic,
        channel=burst.channel,
        area_path=burst.area_path,
        state=burst.state,
        planned_at=burst.planned_at,
        number=burst.number,
        by_state=by_state,
        left=left,
        schedule=_schedule(work, left, speed, clock.now(), Topic(burst.topic)),
    )


def list_bursts(work: Work, query: ListBursts) -> BurstList:
    """Return a page of the bursts in the caller's areas, newest first."""
    scopes = work.permitted_scopes()
    listed = select(Burst).order_by(Burst.id.desc())
    if EVERYWHERE not in scopes:
        listed = listed.where(or_(*(Burst.area_path.startswith(scope, autoescape=True) for scope in scopes)))
    no_end = Malformed(contract=ListBursts.__name__, problem="no_page_after")
    if last := id_named(query.after, no_end):
        listed = listed.where(Burst.id < last)
    found = work.session.execute(one_more(listed, query))
    rows, following = page_of(found, query, lambda row: row[0].id)
    return BurstList(items=[_summary(row[0]) for row in rows], next=following)


def _summary(burst: Burst) -> BurstSummary:
    return BurstSummary(
        id=burst.id,
        topic=burst.topic,
        channel=burst.channel,
        area_path=burst.area_path,
        state=burst.state,
        planned_at=burst.planned_at,
        number=burst.number,
    )


def _schedule(work: Work, number: int, a_second: float, begins_at: datetime, topic: Topic) -> BurstSchedule:
    window = BY_DAY if TOPICS[topic].topic_class is TopicClass.MARKETING else ALWAYS
    slots = scheduled(number, a_second, begins_at, window, work.zone)
    shown = [BurstSlot(begins_at=slot.begins_at, ends_at=slot.ends_at, number=slot.number) for slot in slots]
    return BurstSchedule(number=number, a_second=a_second, slots=shown)


def _has_address(addresses: Mapping[str, AddressKind], channel: str) -> Any:
    kind = addresses[channel]
    if kind is AddressKind.EMAIL:
        return Recipient.email.is_not(None)
    if kind is AddressKind.OWN:
        return Recipient.id.in_(select(Handle.recipient_id).where(Handle.channel == channel))
    return Recipient.phone.is_not(None) if kind is AddressKind.PHONE else Recipient.id.is_not(None)
