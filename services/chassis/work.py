"""One command or event, one transaction: the rows, the outbox events, the inbox row or the receipt."""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import MetaData, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.contracts import Command, Event, Request, View
from services.chassis.crashing import crash_point
from services.chassis.database import engine_for, is_contention, is_outage
from services.chassis.mailbox import mailbox_for
from services.chassis.messaging import wire
from services.chassis.refusals import NotPermitted, Refusal, SignInNeeded, Unavailable
from services.chassis.rights import Right
from services.chassis.sealing import Seals
from services.chassis.settings import Settings

Answer = TypeVar("Answer")
AnyCommand = TypeVar("AnyCommand", bound=Command)
AnyRequest = TypeVar("AnyRequest", bound=Request)
AnyEvent = TypeVar("AnyEvent", bound=Event)

TRIES = 4
"""How often a transaction is tried that lost a deadlock or a race for a unique key."""


class ForgottenRights(AssertionError):
    """A use case or query ended without asking whether its caller may; the transaction is refused."""


class Work:
    """A transaction under way: its session, its caller, its seals, and the events it will announce."""

    def __init__(self, session: Session, seals: Seals, request: Request | None, metadata: MetaData) -> None:
        """Open work on `session` for `request`, or for the house itself when there is none."""
        self.session = session
        self.seals = seals
        self.request = request
        self._mailbox = mailbox_for(metadata)
        self._announced: list[Event] = []
        self._is_permitted = request is None or request.right is Right.OPEN

    def announce(self, *events: Event) -> None:
        """Tell `events` to whoever listens, if and only if this work commits."""
        self._announced.extend(events)

    def permit(self, path: str) -> None:
        """Go on only when the caller has the request's right at the area or unit `path`.

        Raises `SignInNeeded` or `NotPermitted`. Source: rights = role × area subtree, PRODUCT.
        """
        request = self._asked()
        if not request.by.may(request.right, path):
            raise NotPermitted() if request.by.is_signed_in else SignInNeeded()
        self._is_permitted = True

    def permit_self(self, *ids: UUID | None) -> None:
        """Go on only when the caller is one of these accounts, members or units."""
        caller = self._asked().by
        if not {caller.account_id, caller.member_id, caller.unit_id} - {None} & set(ids):
            raise NotPermitted() if caller.is_signed_in else SignInNeeded()
        self._is_permitted = True

    def permitted_scopes(self) -> list[str]:
        """Return the area paths within which the caller has the request's right; refuse when there is none."""
        request = self._asked()
        scopes = request.by.scopes_of(request.right)
        if not scopes:
            raise NotPermitted() if request.by.is_signed_in else SignInNeeded()
        self._is_permitted = True
        return scopes

    def record(self, action: str, subject: str, at: datetime) -> None:
        """Add a link to the audit chain: who did `action` to `subject` (identifiers only)."""
        audit = self._mailbox.audit
        self.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": str(audit)})
        last = self.session.execute(select(audit.c.id, audit.c.link).order_by(audit.c.id.desc()).limit(1)).first()
        number, before = (last.id + 1, last.link) if last else (1, "")
        entry = {"id": number, "at": at, "actor": self._actor(), "action": action, "subject": subject}
        self.session.execute(insert(audit).values(**entry, link=audit_link(self.seals, before, entry)))

    def finish(self) -> None:
        """Write the announced events; refuse work that never asked for its caller's rights."""
        if not self._is_permitted:
            raise ForgottenRights(type(self.request).__name__)
        if self._announced:
            self.session.flush()
            self.session.execute(insert(self._mailbox.outbox), [_outbox_row(event) for event in self._announced])

    @property
    def has_announced(self) -> bool:
        """Say whether there is anything for the relay."""
        return bool(self._announced)

    def _asked(self) -> Request:
        if self.request is None:
            raise ForgottenRights("an event has no caller whose rights could be asked")
        return self.request

    def _actor(self) -> str:
        if self.request is None:
            return "house"
        caller = self.request.by
        return str(caller.account_id or caller.member_id or "console")


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

    def __init__(self, settings: Settings, metadata: MetaData, nudge: Callable[[], None] = lambda: None) -> None:
        """Take the settings of the house and the tables of the service; `nudge` wakes its relay."""
        self.engine = engine_for(settings.database_url, settings.database_connections)
        self.seals = settings.sealing.seals()
        self._metadata = metadata
        self._mailbox = mailbox_for(metadata)
        self._nudge = nudge

    @contextmanager
    def open(self, request: Request | None = None) -> Iterator[Work]:
        """Yield a work that commits when the block ends well and leaves nothing behind when it does not."""
        with Session(self.engine, expire_on_commit=False) as session:
            work = Work(session, self.seals, request, self._metadata)
            yield work
            work.finish()
            crash_point("before_commit")
            session.commit()
            crash_point("after_commit")
        if work.has_announced:
            self._nudge()

    def run(self, command: AnyCommand, usecase: Callable[[Work, AnyCommand, datetime], Answer]) -> Answer | Any:
        """Run `usecase` for `command` in one transaction, once per idempotency key; return its answer."""
        return self._persist(lambda: self._run_once(command, usecase))

    def run_batch(
        self,
        commands: Sequence[AnyCommand],
        usecase: Callable[[Work, Sequence[AnyCommand], datetime], list[Any]],
    ) -> list[Any]:
        """Run `usecase` for many commands in one transaction; it answers each with a view or a refusal."""

        def attempt() -> list[Any]:
            with self.open() as work:
                return usecase(work, commands, clock.now())

        return self._persist(attempt)

    def read(self, query: AnyRequest, answer: Callable[[Work, AnyRequest], Answer]) -> Answer:
        """Answer a query in a transaction that changes nothing but, maybe, the audit chain."""

        def attempt() -> Answer:
            with self.open(query) as work:
                return answer(work, query)

        return self._persist(attempt)

    def once(self, event: AnyEvent, handler: str, usecase: Callable[[Work, AnyEvent, datetime], None]) -> bool:
        """Let `usecase` take effect for `event` once; say False when this handler had it already."""
        inbox = self._mailbox.inbox
        entry = upsert(inbox).values(event_id=event.event_id, handler=handler).on_conflict_do_nothing()

        def attempt() -> bool:
            with self.open() as work:
                if not work.session.execute(entry.returning(inbox.c.event_id)).first():
                    return False
                usecase(work, event, clock.now())
            return True

        return self._persist(attempt)

    def _run_once(self, command: AnyCommand, usecase: Callable[[Work, AnyCommand, datetime], Answer]) -> Answer | Any:
        receipt = self._mailbox.receipt
        with self.open(command) as work:
            key = f"{command.method()}:{work._actor()}:{command.key}" if command.key else None
            earlier = key and work.session.execute(select(receipt.c.answer).where(receipt.c.key == key)).first()
            if earlier:
                work._is_permitted = True  # it was, when the answer was first given to this same caller
                return command.answer.from_wire(wire.disclose(earlier.answer, self.seals))
            answer = usecase(work, command, clock.now())
            if key and isinstance(answer, View):
                work.session.execute(insert(receipt).values(key=key, answer=wire.enclose(answer, self.seals)))
        return answer

    def _persist(self, attempt: Callable[[], Answer]) -> Answer:
        for tries_left in reversed(range(TRIES)):
            try:
                return attempt()
            except Refusal:
                raise
            except SQLAlchemyError as fault:
                if is_outage(fault):
                    raise Unavailable() from fault
                lost_a_race = is_contention(fault) or isinstance(fault, IntegrityError)
                if not (lost_a_race and tries_left):
                    raise
        raise AssertionError("unreachable")
