"""What can be read of bursts: how one would look, how far one has come, when the rest will be told."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import Select, exists, func, literal, null, or_, select

from services.chassis import clock
from services.chassis.paging import id_named, one_more, page_of
from services.chassis.refusals import Malformed
from services.chassis.rights import EVERYWHERE
from services.chassis.work import Work
from services.notify.contracts import (
    BurstList,
    BurstSchedule,
    BurstSlot,
    BurstSummary,
    BurstView,
    GetBurst,
    ListBursts,
    PlanBurst,
    UnknownArea,
    UnknownBurst,
    UnknownChannel,
)
from services.notify.domain import TOPICS, DeliveryState, RecipientKind, Topic
from services.notify.domain import schedule as scheduled
from services.notify.domain.bursts import OpensAt
from services.notify.gate import moment_at, rings, waits_for_digest
from services.notify.gate.routing import is_open
from services.notify.gate.ways import Ways
from services.notify.models import Area, Broadcast, Burst, Delivery, Message, Recipient
from services.notify.queries import within

_INVITATION = Topic.RELEASE_DIGEST
_FURTHEST = timedelta(days=366)
"""How far from now a burst may be thought of; calendars end somewhere, and nobody plans further."""

_IS_LEFT = or_(
    Delivery.state.in_([DeliveryState.PLANNED, DeliveryState.SENDING]),
    (Delivery.state == DeliveryState.FAILED) & Delivery.due_at.is_not(None),
)
"""What has not been told yet, and will be: also what is tried again."""


def plan_burst(ways: Ways, speeds: Mapping[str, float], work: Work, query: PlanBurst) -> BurstSchedule:
    """Return when how many members of an area would be invited through a channel.

    Who has no address there, declined or is left alone is not counted, nor is who wants one message a day.
    Raises `UnknownArea`, `UnknownChannel`, and `Malformed` for a beginning more than a year away.
    """
    work.permit(query.area_path)
    if query.area_path != EVERYWHERE and _area_at(work, query.area_path) is None:
        raise UnknownArea()
    if query.channel not in ways.addresses:
        raise UnknownChannel()
    begins_at = _beginning(query, clock.now())
    number = work.session.execute(_invited(ways, query), moment_at(ways.manners, begins_at)).scalar_one()
    opens_at = _opening(work, ways, query.area_path, _INVITATION, query.channel)
    return _schedule(number, speeds[query.channel], begins_at, opens_at)


def get_burst(ways: Ways, speeds: Mapping[str, float], work: Work, query: GetBurst) -> BurstView:
    """Return a burst with its progress; raise `UnknownBurst`."""
    burst = burst_within(work, query.burst_id)
    counted = (
        select(Delivery.state, func.count().label("number"), func.count().filter(_IS_LEFT).label("left"))
        .join(Message, Message.id == Delivery.message_id)
        .where(Message.occasion == burst.occasion, Message.topic == burst.topic)
        .where(Delivery.channel == burst.channel)
        .group_by(Delivery.state)
    )
    rows = work.session.execute(counted).all()
    left = sum(row.left for row in rows) + _unwritten(work, burst, sum(row.number for row in rows))
    speed = speeds.get(burst.channel, 1.0)
    opens_at = _opening(work, ways, burst.area_path, Topic(burst.topic), burst.channel)
    return BurstView(
        id=burst.id,
        occasion=burst.occasion,
        topic=burst.topic,
        channel=burst.channel,
        area_path=burst.area_path,
        state=burst.state,
        planned_at=burst.planned_at,
        number=burst.number,
        by_state={row.state: row.number for row in rows},
        left=left,
        schedule=_schedule(left, speed, clock.now(), opens_at),
    )


def _unwritten(work: Work, burst: Burst, written: int) -> int:
    """Return how many deliveries of a burst are still to be written, as they were counted when it began."""
    is_going_on = exists().where(Broadcast.occasion == burst.occasion, Broadcast.topic == burst.topic)
    return max(0, burst.number - written) if work.session.scalar(select(is_going_on)) else 0


def list_bursts(work: Work, query: ListBursts) -> BurstList:
    """Return a page of the bursts in the caller's areas, newest first."""
    listed = select(Burst).where(within(work.permitted_scopes(), Burst.area_path)).order_by(Burst.id.desc())
    no_end = Malformed(contract=ListBursts.__name__, problem="no_page_after")
    if last := id_named(query.after, no_end):
        listed = listed.where(Burst.id < last)
    found = work.session.execute(one_more(listed, query))
    rows, following = page_of(found, query, lambda row: row[0].id)
    return BurstList(items=[_summary(row[0]) for row in rows], next=following)


def _summary(burst: Burst) -> BurstSummary:
    return BurstSummary(
        id=burst.id,
        occasion=burst.occasion,
        topic=burst.topic,
        channel=burst.channel,
        area_path=burst.area_path,
        state=burst.state,
        planned_at=burst.planned_at,
        number=burst.number,
    )


def _invited(ways: Ways, query: PlanBurst) -> Select[int]:
    """Return the statement that counts whom an invitation would reach; it takes what `moment_at` says."""
    worth_until = literal(clock.now() + TOPICS[_INVITATION].worth_saying_for)
    nothing_else = {"address": null(), "address_index": null()}
    chosen = [Recipient.kind == RecipientKind.MEMBER, Recipient.is_active]
    chosen += [Recipient.area_path.startswith(query.area_path, autoescape=True)]
    chosen += [is_open(ways, _INVITATION, query.channel, nothing_else)]
    if (waits := waits_for_digest(_INVITATION, worth_until)) is not None:
        chosen.append(~waits)
    return select(func.count()).select_from(Recipient).where(*chosen)


def _beginning(query: PlanBurst, now: datetime) -> datetime:
    if query.begins_at is not None and abs(query.begins_at - now) > _FURTHEST:
        raise Malformed(contract=PlanBurst.__name__, problem="out_of_range")
    return query.begins_at or now


def _area_at(work: Work, path: str) -> Area | None:
    return work.session.scalars(select(Area).where(Area.path == path)).first()


def _opening(work: Work, ways: Ways, area_path: str, topic: Topic, channel: str) -> OpensAt:
    """Return when a channel opens for a topic in an area; a recipient's own quiet hours come on top."""
    area = _area_at(work, area_path)
    topic_class, does_ring = TOPICS[topic].topic_class, rings(ways.addresses.get(channel))
    return partial(ways.manners.opens_at, topic_class, does_ring, own=area.quiet if area else None)


def _schedule(number: int, a_second: float, begins_at: datetime, opens_at: OpensAt) -> BurstSchedule:
    slots = scheduled(number, a_second, begins_at, opens_at)
    shown = [BurstSlot(begins_at=slot.begins_at, ends_at=slot.ends_at, number=slot.number) for slot in slots]
    return BurstSchedule(number=number, a_second=a_second, slots=shown)


def burst_within(work: Work, burst_id: UUID, *, is_locked: bool = False) -> Burst:
    """Return a burst of the caller's areas; raise `UnknownBurst` when there is none."""
    scopes = work.permitted_scopes()
    sought = select(Burst).where(Burst.id == burst_id)
    found = work.session.scalars(sought.with_for_update() if is_locked else sought).first()
    if found is None or not any(found.area_path.startswith(scope) for scope in scopes):
        raise UnknownBurst()
    return found
