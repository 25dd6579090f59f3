"""What was carried and did not arrive after all: it costs no more, and the next channel follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.notify.gate.ways import Ways
from services.notify.usecases.planning import plan_next
from services.notify.usecases.spending import give_back
from services.notify.usecases.suppressing import note_opt_outs

NOBODY: Mapping[UUID, str] = {}


def make_way(
    session: Session,
    ways: Ways,
    failed: Sequence[UUID],
    now: datetime,
    opted_out: Mapping[UUID, str] = NOBODY,
) -> None:
    """Give back what these deliveries cost, and let the next channel of their messages follow.

    `opted_out` are those, with their codes, whose address is left alone from now on, also by what follows.
    """
    if not failed:
        return
    give_back(session, ways.prices, failed)
    if told := [(delivery, opted_out[delivery]) for delivery in failed if delivery in opted_out]:
        note_opt_outs(session, ways.addresses, told, now)
    plan_next(session, ways, failed, now)
