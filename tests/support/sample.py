"""Two small services that exercise the chassis: a bell that rings and a belfry that counts."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped

from services.chassis.contracts import Command, Done, Event, Query, View
from services.chassis.database import Key, Tables, tables_of
from services.chassis.messaging.entrypoints import answers, answers_in_batches, on
from services.chassis.refusals import Refusal
from services.chassis.rights import Right
from services.chassis.work import Work
from services.chassis.work_provider import WorkProvider


class Base(Tables, DeclarativeBase):
    """The tables of the bell."""

    metadata = tables_of("bell")


class Strike(Base):
    """One strike of the bell."""

    __tablename__ = "strike"
    id: Mapped[Key]
    words: Mapped[str]


class CountingBase(Tables, DeclarativeBase):
    """The tables of the belfry."""

    metadata = tables_of("belfry")


class Heard(CountingBase):
    """One strike heard."""

    __tablename__ = "heard"
    id: Mapped[Key]
    words: Mapped[str]


class BellStruck(Event, frozen=True, kw_only=True):
    """The bell was struck."""

    source: ClassVar[str] = "bell"
    name: ClassVar[str] = "bell_struck.v1"

    strike_id: UUID
    words: str


class Struck(View, frozen=True, kw_only=True):
    """How a strike went."""

    strike_id: UUID


class _OfTheBell:
    @classmethod
    def service(cls) -> str:
        """Answered by the bell."""
        return "bell"


class StrikeBell(_OfTheBell, Command, frozen=True, kw_only=True):
    """Strike the bell."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = Struck

    words: str


class StrikeSecretly(_OfTheBell, Command, frozen=True, kw_only=True):
    """Strike the bell with words nobody on the way may read."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = Struck
    is_personal: ClassVar[bool] = True

    words: str


class StrikeOften(_OfTheBell, Command, frozen=True, kw_only=True):
    """Strike the bell in a rush."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = Struck

    words: str


class TouchRope(_OfTheBell, Command, frozen=True, kw_only=True):
    """A use case that forgets to ask for rights."""

    right: ClassVar[Right] = Right.OPERATE


class Strikes(View, frozen=True, kw_only=True):
    """All words."""

    words: list[str]


class ListStrikes(_OfTheBell, Query, frozen=True, kw_only=True):
    """All strikes."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = Strikes


class Silence(Refusal):
    """A bell without words."""

    code = "bell.silence"


def strike(work: Work, command: Any, now: datetime) -> Struck:
    """Write a strike and tell of it."""
    if not command.words:
        raise Silence(hint="words")
    struck = Strike(words=command.words)
    work.session.add(struck)
    work.session.flush()
    work.announce(BellStruck(strike_id=struck.id, words=command.words))
    return Struck(strike_id=struck.id)


class BellService:
    """The bell."""

    name = "bell"
    tables = Base.metadata
    work = WorkProvider()

    @answers(StrikeBell)
    def strike_bell(self, command: StrikeBell) -> Any:
        """Strike."""
        return self.work.run(command, strike)

    @answers(StrikeSecretly)
    def strike_secretly(self, command: StrikeSecretly) -> Any:
        """Strike."""
        return self.work.run(command, strike)

    @answers_in_batches(StrikeOften)
    def strike_often(self, commands: list[StrikeOften]) -> Any:
        """Strike for everybody who waits."""
        return self.work.run_batch(commands, _strike_all)

    @answers(TouchRope)
    def touch_rope(self, command: TouchRope) -> Any:
        """Forget the rights."""
        return self.work.run(command, lambda work, command, now: Done())

    @answers(ListStrikes)
    def list_strikes(self, query: ListStrikes) -> Any:
        """List."""
        return self.work.read(
            query, lambda work, _: Strikes(words=list(work.session.scalars(select(Strike.words))))
        )


def _strike_all(work: Work, commands: list[StrikeOften], now: datetime) -> list[Any]:
    return [strike(work, command, now) if command.words else Silence() for command in commands]


class Trouble:
    """What goes wrong in the belfry, set by a test: how often words that begin so fail."""

    failures: ClassVar[dict[str, int]] = {}


class BelfryService:
    """The belfry."""

    name = "belfry"
    tables = CountingBase.metadata
    work = WorkProvider()

    @on(BellStruck)
    def on_bell_struck(self, event: BellStruck) -> None:
        """Count."""
        self.work.once(event, _hear)


def _hear(work: Work, event: BellStruck, now: datetime) -> None:
    left = Trouble.failures.get(event.words, 0)
    if left:
        Trouble.failures[event.words] = left - 1
        raise RuntimeError("the belfry shook")
    work.session.execute(insert(Heard).values(id=event.strike_id, words=event.words))
