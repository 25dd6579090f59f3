"""Two small services that exercise the chassis: a bell that rings and a belfry that counts."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import eventlet
from sqlalchemy import func, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped

from services.chassis.contracts import Command, Done, Event, Query, View, new_id
from services.chassis.database import Key, Tables, insert_all, tables_of
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
    """One strike heard; nothing forbids the table to hold a strike twice, so that a double can be seen."""

    __tablename__ = "heard"
    id: Mapped[Key]
    strike_id: Mapped[UUID]
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


class Confided(View, frozen=True, kw_only=True):
    """An answer that nobody on the way may read."""

    is_personal: ClassVar[bool] = True

    words: str


class Confide(_OfTheBell, Command, frozen=True, kw_only=True):
    """Strike the bell and be told the words again."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = Confided

    words: str


class ChangeLock(_OfTheBell, Command, frozen=True, kw_only=True):
    """Change the lock of the tower; of its secret no trace is kept."""

    right: ClassVar[Right] = Right.OPEN
    secrets: ClassVar[frozenset[str]] = frozenset({"secret"})

    words: str
    secret: str


class RingChanges(_OfTheBell, Command, frozen=True, kw_only=True):
    """Strike the bell many times at once."""

    right: ClassVar[Right] = Right.OPEN

    words: str
    count: int


class ShowRope(_OfTheBell, Command, frozen=True, kw_only=True):
    """Show somebody the rope, which stands in the audit chain."""

    right: ClassVar[Right] = Right.OPEN

    rope: str


class SayTheUnsayable(_OfTheBell, Command, frozen=True, kw_only=True):
    """Ask for an answer that cannot be written."""

    right: ClassVar[Right] = Right.OPEN


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


class HeardSoFar(View, frozen=True, kw_only=True):
    """How many strikes were heard."""

    count: int


class CountHeard(Query, frozen=True, kw_only=True):
    """How many strikes the belfry heard."""

    right: ClassVar[Right] = Right.OPEN
    answer: ClassVar[type[View]] = HeardSoFar

    @classmethod
    def service(cls) -> str:
        """Answered by the belfry."""
        return "belfry"


class Silence(Refusal):
    """A bell without words."""

    code = "bell.silence"


def strike(work: Work, command: Any, now: datetime) -> Struck:
    """Write a strike and tell of it."""
    if not command.words:
        raise Silence(hint="words")
    if command.words == "slow":
        Trouble.slow_strikes += 1
        eventlet.sleep(0.7)
    struck = Strike(words=command.words)
    work.session.add(struck)
    work.session.flush()
    work.announce(BellStruck(strike_id=struck.id, words=command.words))
    return Struck(strike_id=struck.id)


def confide(work: Work, command: Confide, now: datetime) -> Confided:
    """Strike, and answer with the words."""
    strike(work, command, now)
    return Confided(words=command.words)


def change_lock(work: Work, command: ChangeLock, now: datetime) -> Done:
    """Change the lock."""
    return Done(id=new_id())


def ring_changes(work: Work, command: RingChanges, now: datetime) -> Done:
    """Write many strikes and tell of each."""
    ids = [new_id() for _ in range(command.count)]
    insert_all(work.session, Strike, [{"id": strike_id, "words": command.words} for strike_id in ids])
    work.announce(*(BellStruck(strike_id=strike_id, words=command.words) for strike_id in ids))
    return Done()


def show_rope(work: Work, command: ShowRope, now: datetime) -> Done:
    """Record that it was shown."""
    work.record("rope_shown", command.rope, now)
    return Done()


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

    @answers(Confide)
    def confide(self, command: Confide) -> Any:
        """Strike."""
        return self.work.run(command, confide)

    @answers(RingChanges)
    def ring_changes(self, command: RingChanges) -> Any:
        """Strike many times."""
        return self.work.run(command, ring_changes)

    @answers(SayTheUnsayable)
    def say_the_unsayable(self, command: SayTheUnsayable) -> Any:
        """Answer with what has no wire form."""
        return object()

    @answers(ShowRope)
    def show_rope(self, command: ShowRope) -> Any:
        """Show."""
        return self.work.run(command, show_rope)

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
    if any(command.words == "crack" for command in commands):
        raise RuntimeError("the bell cracked")
    return [strike(work, command, now) if command.words else Silence() for command in commands]


class Trouble:
    """What goes wrong, set by a test: how often words fail in the belfry, and that it hears nothing for now.

    The bell counts the strikes that it began and that take long.
    """

    failures: ClassVar[dict[str, int]] = {}
    is_deaf_until: ClassVar[eventlet.event.Event | None] = None
    slow_strikes: ClassVar[int] = 0


class BelfryService:
    """The belfry."""

    name = "belfry"
    tables = CountingBase.metadata
    work = WorkProvider()

    @answers(CountHeard)
    def count_heard(self, query: CountHeard) -> Any:
        """Count what was heard."""
        return self.work.read(query, _count_heard)

    @on(BellStruck)
    def on_bell_struck(self, event: BellStruck) -> None:
        """Count."""
        self.work.once(event, _hear)


def _count_heard(work: Work, query: CountHeard) -> HeardSoFar:
    return HeardSoFar(count=work.session.execute(select(func.count()).select_from(Heard)).scalar_one())


def _hear(work: Work, event: BellStruck, now: datetime) -> None:
    left = Trouble.failures.get(event.words, 0)
    if left:
        Trouble.failures[event.words] = left - 1
        raise RuntimeError("the belfry shook")
    if event.words == "poison":
        raise Silence(hint="poison")
    if Trouble.is_deaf_until is not None:
        Trouble.is_deaf_until.wait()
    work.session.execute(insert(Heard).values(strike_id=event.strike_id, words=event.words))
