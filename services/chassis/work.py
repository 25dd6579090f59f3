"""One command or event, one transaction: the rows, the outbox events, the inbox row or the receipt."""

import hashlib
import hmac
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import eventlet
import msgspec
import structlog
from sqlalchemy import MetaData, Table, TextClause, insert, text
from sqlalchemy.exc import DataError, SQLAlchemyError
from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.calendar import PublicHolidays
from services.chassis.contracts import Command, Event, Request
from services.chassis.crashing import crash_point
from services.chassis.database import (
    code_of,
    constraint_of,
    engine_for,
    is_contention,
    is_lost_race,
    is_outage,
)
from services.chassis.mailbox import mailbox_for
from services.chassis.receipts import Receipt
from services.chassis.refusals import Malformed, NoAnswer, NotPermitted, Refusal, SignInNeeded, Unavailable
from services.chassis.rights import Right
from services.chassis.sealing import Seals
from services.chassis.settings import Settings

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")
AnyCommand = TypeVar("AnyCommand", bound=Command)
AnyRequest = TypeVar("AnyRequest", bound=Request)
AnyEvent = TypeVar("AnyEvent", bound=Event)

TRIES = 4
"""How often a transaction is tried that lost a deadlock or a race for a unique key."""

MOST_AT_HAND = 10
"""Events that a work holds before it writes them: of a release in a large city each is half a megabyte."""


class ForgottenRights(AssertionError):
    """A use case or query ended without asking whether its caller may; the transaction is refused."""


class Work:
    """A transaction under way: its session, its caller, its seals, and the events it will announce."""

    def __init__(
        self,
        session: Session,
        seals: Seals,
        request: Request | None,
        metadata: MetaData,
        zone: ZoneInfo,
        holidays: PublicHolidays,
    ) -> None:
        """Open work on `session` for `request`, or for the house itself when there is none."""
        self.zone, self.holidays = zone, holidays
        self.session = session
        self.seals = seals
        self.request = request
        self._mailbox = mailbox_for(metadata)
        self._announced: list[Event] = []
        self._has_announced = False
        self._recorded: list[tuple[datetime, str, str]] = []
        self._gathered: dict[str, tuple[Callable[[list[Any]], None], list[Any]]] = {}
        self._is_permitted = request is None or request.right is Right.OPEN
        self.permitted_at: set[str] = set()

    def day_of(self, instant: datetime) -> date:
        """Return the civil day on which `instant` falls where the house stands."""
        return instant.astimezone(self.zone).date()

    def announce(self, *events: Event) -> None:
        """Tell `events` to whoever listens, if and only if this work commits."""
        self._announced.extend(events)
        if len(self._announced) >= MOST_AT_HAND:
            self._write_outbox()

    def permit(self, path: str) -> None:
        """Go on only when the caller has the request's right at the area or unit `path`.

        Raises `SignInNeeded` or `NotPermitted`. Source: rights = role × area subtree, PRODUCT.
        """
        request = self._asked()
        if not request.by.may(request.right, path):
            raise self._turned_away()
        self._is_permitted = True
        self.permitted_at.add(path)

    def permit_self(self, *ids: UUID | None) -> None:
        """Go on only when the caller is one of these accounts, members or units; None is nobody."""
        caller = self._asked().by
        own = {caller.account_id, caller.member_id, caller.unit_id} - {None}
        if own.isdisjoint(ids):
            raise self._turned_away()
        self._is_permitted = True

    def permitted_scopes(self) -> list[str]:
        """Return the area paths within which the caller has the request's right; refuse who has none."""
        request = self._asked()
        scopes = request.by.scopes_of(request.right)
        if not scopes:
            raise self._turned_away()
        self._is_permitted = True
        self.permitted_at.update(scopes)
        return scopes

    def permit_again(self, paths: Iterable[str]) -> None:
        """Go on when the caller still has the right at all `paths`, for which this was done and answered.

        What nobody asked a place for was about the caller themselves, or open to all, and still is.
        """
        request = self._asked()
        if not all(request.by.may(request.right, path) for path in paths):
            raise self._turned_away()
        self._is_permitted = True

    def record(self, action: str, subject: str, at: datetime) -> None:
        """Add a link to the audit chain when this work commits: who did `action` to `subject` (ids only)."""
        self._recorded.append((at.astimezone(UTC), action, subject))

    def gather(self, name: str, items: Sequence[Any], complete: Callable[[list[Any]], None]) -> None:
        """Let `complete` see to `items` at the end of this work, with all others gathered under `name`.

        Events that are heard together are written together so, in as few statements as one of them.
        """
        self._gathered.setdefault(name, (complete, []))[1].extend(items)

    def finish(self) -> None:
        """Write the announced events and the audit; refuse work that never asked for its caller's rights."""
        if not self._is_permitted:
            raise ForgottenRights(type(self.request).__name__)
        while self._gathered:
            complete, items = self._gathered.pop(next(iter(self._gathered)))
            complete(items)
        self.session.flush()
        self._write_outbox()
        if self._recorded:
            self._lengthen_chain()

    @property
    def has_announced(self) -> bool:
        """Say whether there is anything for the relay."""
        return self._has_announced

    @property
    def actor(self) -> str:
        """Return who works here, for receipts and the audit: an id, `console`, `anyone` or the `house`."""
        if self.request is None:
            return "house"
        caller = self.request.by
        return str(caller.account_id or caller.member_id or ("console" if caller.grants else "anyone"))

    def _write_outbox(self) -> None:
        if self._announced:
            rows = [_outbox_row(event) for event in self._announced]
            self.session.execute(insert(self._mailbox.outbox), rows)
            self._announced.clear()
            self._has_announced = True

    def _asked(self) -> Request:
        if self.request is None:
            raise ForgottenRights("an event has no caller whose rights could be asked")
        return self.request

    def _turned_away(self) -> Refusal:
        return NotPermitted() if self._asked().by.is_signed_in else SignInNeeded()

    def _lengthen_chain(self) -> None:
        """Write what was recorded, last of all: the chain is locked from here to the commit, no longer."""
        audit = self._mailbox.audit
        last = self.session.execute(_last_link(audit), {"name": str(audit)}).first()
        number, before = last or (0, "")
        links = []
        for at, action, subject in self._recorded:
            number += 1
            entry = {"id": number, "at": at, "actor": self.actor, "action": action, "subject": subject}
            before = audit_link(self.seals, before, entry)
            links.append(entry | {"link": before})
        self.session.execute(insert(audit), links)


@cache
def _last_link(audit: Table) -> TextClause:
    """Return what locks an audit chain and then, in the same round trip, reads its end."""
    lock = "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"
    end = f"SELECT id, link FROM {audit} ORDER BY id DESC LIMIT 1"  # noqa: S608 - the name is our own
    return text(f"{lock}; {end}")


def audit_link(seals: Seals, before: str, entry: dict[str, Any]) -> str:
    """Return the keyed hash that binds `entry` to the link `before` it."""
    key = seals.index("audit chain").encode()
    return hmac.digest(key, before.encode() + msgspec.json.encode(entry), hashlib.sha256).hex()


def _outbox_row(event: Event) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "name": event.name,
        "body": event.to_wire().decode(),
        "occurred_at": event.occurred_at,
    }


class Workshop:
    """Opens, commits and retries the work of one service; the only committer beside the relay."""

    def __init__(
        self, settings: Settings, metadata: MetaData, nudge: Callable[[], None] = lambda: None
    ) -> None:
        """Take the settings of the house and the tables of the service; `nudge` wakes its relay."""
        self.engine = engine_for(settings.database_url, settings.database_connections)
        self.seals = settings.sealing.seals()
        self.zone = ZoneInfo(settings.time_zone)
        self._holidays = settings.public_holidays()
        self._metadata = metadata
        self._mailbox = mailbox_for(metadata)
        self._take_in = text(
            f"INSERT INTO {self._mailbox.inbox} (event_id, handler)"
            " SELECT unnest(CAST(:ids AS uuid[])), :handler"
            " ON CONFLICT DO NOTHING RETURNING event_id"
        ).columns(event_id=self._mailbox.inbox.c.event_id.type)
        self._nudge = nudge

    @contextmanager
    def open(self, request: Request | None = None) -> Iterator[Work]:
        """Yield a work that commits when the block ends well and leaves nothing behind when it does not."""
        with Session(self.engine, expire_on_commit=False) as session:
            work = Work(session, self.seals, request, self._metadata, self.zone, self._holidays)
            yield work
            work.finish()
            crash_point("before_commit")
            _commit(session)
            crash_point("after_commit")
        if work.has_announced:
            self._nudge()

    def run(
        self, command: AnyCommand, usecase: Callable[[Work, AnyCommand, datetime], Answer]
    ) -> Answer | Any:
        """Run `usecase` for `command` in one transaction, once per idempotency key; return its answer.

        The same caller asking the same again with the same key is answered from the receipt; while the first
        is under way, the second waits for it. A refusal leaves no receipt: the next try is a new one.
        """

        def attempt() -> Answer | Any:
            with self.open(command) as work:
                if not command.key:
                    return usecase(work, command, clock.now())
                receipt = Receipt(work, self._mailbox, command)
                if not receipt.is_mine:
                    return receipt.answer()
                answer = usecase(work, command, clock.now())
                receipt.keep(answer)
                return answer

        return _persist(attempt, type(command).__name__)

    def run_batch(
        self,
        commands: Sequence[AnyCommand],
        usecase: Callable[[Work, Sequence[AnyCommand], datetime], list[Any]],
    ) -> list[Any]:
        """Run `usecase` for many commands in one transaction; it answers each with a view or a refusal.

        The use case asks for rights and looks for repeated keys itself, for all commands at once.
        """

        def attempt() -> list[Any]:
            with self.open() as work:
                return usecase(work, commands, clock.now())

        return _persist(attempt, type(commands[0]).__name__ if len(commands) == 1 else None)

    def read(self, query: AnyRequest, answer: Callable[[Work, AnyRequest], Answer]) -> Answer:
        """Answer a query in a transaction that changes nothing but, maybe, the audit chain."""

        def attempt() -> Answer:
            with self.open(query) as work:
                return answer(work, query)

        return _persist(attempt, type(query).__name__)

    def once(
        self, event: AnyEvent, handler: str, usecase: Callable[[Work, AnyEvent, datetime], None]
    ) -> bool:
        """Let `usecase` take effect for `event` once; say False when this handler had it already."""
        return self.hear([event], handler, lambda work, fresh: usecase(work, fresh, clock.now())) == 1

    def hear(
        self,
        events: Sequence[AnyEvent],
        handler: str,
        effect: Callable[[Work, AnyEvent], None],
    ) -> int:
        """Let `effect` happen for each of `events` that this handler has not had; return how many they were.

        They are taken in and take effect in one transaction: all or none. Each finds the rows as they are,
        not as the one before it saw them.
        """
        entries = {"handler": handler, "ids": sorted({str(event.event_id) for event in events})}

        def attempt() -> int:
            with self.open() as work:
                taken = set(work.session.execute(self._take_in, entries).scalars())
                fresh = {event.event_id: event for event in events if event.event_id in taken}
                for event in fresh.values():
                    effect(work, event)
                    work.session.flush()
                    crash_point("after_inbox")
                    work.session.expunge_all()
            return len(fresh)

        return _persist(attempt)


def _commit(session: Session) -> None:
    """Commit; raise `NoAnswer` when the database went away meanwhile and nobody knows whether it did."""
    try:
        session.commit()
    except SQLAlchemyError as fault:
        if is_outage(fault):
            raise NoAnswer() from fault
        raise


def _persist(attempt: Callable[[], Answer], asked: str | None = None) -> Answer:
    """Return what `attempt` returns, trying again when it lost a race.

    Raises `Unavailable` when the database is, `Malformed` when a value of the request named `asked` is none
    that the database can hold, and after the last try the fault itself.
    """
    for tries in range(1, TRIES):
        try:
            return attempt()
        except SQLAlchemyError as fault:
            if not (is_contention(fault) or is_lost_race(fault)):
                _tell(fault, asked)
                raise
            log.info("transaction_tried_again", tries=tries, constraint=constraint_of(fault))
        eventlet.sleep(random.uniform(0.5, 1.5) * 0.01 * tries)  # noqa: S311 - to part two that collide
    try:
        return attempt()
    except SQLAlchemyError as fault:
        _tell(fault, asked)
        raise


def _tell(fault: SQLAlchemyError, asked: str | None) -> None:
    """Log which rule of the database refused the work, without its values; raise a refusal where one fits."""
    if is_outage(fault):
        log.warning("database_unavailable", fault=type(fault).__name__, code=code_of(fault))
        raise Unavailable() from fault
    log.error("database_refused", code=code_of(fault), constraint=constraint_of(fault))
    if asked and isinstance(fault, DataError):
        raise Malformed(contract=asked, problem="out_of_range") from fault
