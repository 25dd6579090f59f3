"""What the tables say of messages, as figures for Prometheus: every process of notify tells the same."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.notify.channels.providers import Line
from services.notify.domain import HALTED as HALTED_STATES
from services.notify.domain import TopicClass
from services.notify.measures import BUDGET, DOUBTED, HALTED, OLDEST, RESTING, SPENT, STOPPED, WAITING
from services.notify.models import Budget, Burst
from services.notify.queries.standing import accounts_of, doubts, waiting_by_lane


def show_figures(session: Session, lines: Mapping[str, Line], month: str, now: datetime) -> None:
    """Show what waits, who is refused, what is in doubt, what is held back and what money is left."""
    _show_waiting(session, lines, now)
    _show_accounts(session, lines, now)
    HALTED.clear()
    bursts = select(Burst.channel, Burst.state, func.count()).where(Burst.state.in_(HALTED_STATES))
    for channel, state, number in session.execute(bursts.group_by(Burst.channel, Burst.state)):
        HALTED.labels(channel, state).set(number)
    BUDGET.clear()
    SPENT.clear()
    for budget in session.scalars(select(Budget).where(Budget.month == month)):
        BUDGET.labels(budget.area_path).set(float(budget.amount))
        SPENT.labels(budget.area_path).set(float(budget.spent))


def _show_waiting(session: Session, lines: Mapping[str, Line], now: datetime) -> None:
    found = waiting_by_lane(session, now)
    for channel in lines:
        for lane in TopicClass:
            number, oldest = found.get((channel, lane.value), (0, None))
            WAITING.labels(channel, lane.value).set(number)
            OLDEST.labels(channel, lane.value).set((now - oldest).total_seconds() if oldest else 0)


def _show_accounts(session: Session, lines: Mapping[str, Line], now: datetime) -> None:
    accounts, doubted = accounts_of(session), doubts(session)
    for line in lines.values():
        for provider in line.providers:
            name = provider.channel.provider
            account = accounts.get(name)
            RESTING.labels(line.name, name).set(not provider.is_awake(now))
            STOPPED.labels(line.name, name).set(account is not None and account.stopped_at is not None)
            DOUBTED.labels(name).set(doubted.get(name, 0))
