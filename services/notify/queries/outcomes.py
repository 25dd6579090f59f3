"""What became of deliveries, counted in one look: a burst of a city is told without leafing through it."""

from time import time
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, true

from services.chassis.work import Work
from services.notify.contracts import CountOutcomes, OutcomeCount, OutcomeCounts
from services.notify.domain import REACHED
from services.notify.measures import first_id_of
from services.notify.models import Attempt, Delivery, Message
from services.notify.queries import about, within

MOST_KINDS = 200
MOST_DAYS = 366
DAY = 86_400.0


def count_outcomes(work: Work, query: CountOutcomes) -> OutcomeCounts:
    """Return how many deliveries in the caller's areas stand alike, by channel, provider, state and code."""
    last = _last_code()
    kinds = (
        Delivery.channel,
        func.coalesce(Delivery.provider, "").label("provider"),
        Delivery.state,
        func.coalesce(last.c.code, "").label("code"),
    )
    number = func.count()
    counted = select(*kinds, number).join(Message, Message.id == Delivery.message_id).outerjoin(last, true())
    counted = counted.where(within(work.permitted_scopes(), Message.area_path), *_asked_for(query))
    counted = counted.group_by(*kinds).order_by(number.desc(), *kinds).limit(MOST_KINDS)
    return OutcomeCounts(
        items=[
            OutcomeCount(channel=channel, provider=provider, state=state, code=code, number=many)
            for channel, provider, state, code, many in work.session.execute(counted)
        ]
    )


def _asked_for(query: CountOutcomes) -> list[ColumnElement[bool]]:
    if query.occasion is not None or query.subject_id is not None:
        return about(query)
    days = max(1, min(query.days, MOST_DAYS))
    return [*about(query), Delivery.id >= first_id_of(time() - days * DAY)]


def _last_code() -> Any:
    """Return the code of the last attempt at a delivery that was not accepted; of others nobody asks why."""
    did_not_reach = and_(Attempt.delivery_id == Delivery.id, Delivery.state.not_in(sorted(REACHED)))
    said = select(Attempt.code).where(did_not_reach).order_by(Attempt.id.desc()).limit(1)
    return said.correlate(Delivery).lateral("last")
