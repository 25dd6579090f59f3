"""Notify at hand, without its doors: events are heard on a real database, and its tables looked at."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from services.chassis import clock
from services.chassis.contracts import Event, new_id
from services.chassis.rights import Actor, Grant, Role
from services.chassis.work import Workshop
from services.claims.contracts import Standing
from services.directory.contracts import (
    AccountsChanged,
    MembersChanged,
    UnitsChanged,
)
from services.notify import queries, usecases
from services.notify.channels import AddressKind
from services.notify.contracts import MyInbox
from services.notify.domain import RetryPolicy
from services.notify.models import Delivery, Message
from services.notify.templates import Words
from services.notify.usecases.bursts import let_go
from services.wishes.contracts import ResidentsChanged

TEMPLATES = Words("https://wishes.example.org")
CITY, STREET, COMMUNITY = "/zk/", "/zk/ch/s1/", "/zk/ch/s1/c1/"
NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)
STANDING = Standing(state="taken", places_left=0, version=2)
OPERATOR = Actor(account_id=new_id(), grants=(Grant(Role.OPERATOR, "/"),))


class House:
    """Notify on a real database, without its doors: events are heard, tables are looked at."""

    def __init__(self, workshop: Workshop, channels: Mapping[str, AddressKind]) -> None:
        """Take the workshop and the channels that are set up."""
        self.workshop, self.seals = workshop, workshop.seals
        self.ways = usecases.Ways(channels, {}, TEMPLATES.versions)

    def hear(self, event: Event, usecase: Callable[..., None]) -> bool:
        """Let an event take effect; say whether it was new."""
        return self.workshop.once(event, "on_" + event.name, partial(usecase, self.ways))

    def knows(self, *, members: Any = (), residents: Any = (), accounts: Any = (), units: Any = ()) -> None:
        """Tell notify of people."""
        if members:
            self.hear(MembersChanged(members=list(members)), usecases.note_members)
        if residents:
            self.hear(ResidentsChanged(residents=list(residents)), usecases.note_residents)
        if accounts:
            self.hear(AccountsChanged(accounts=list(accounts)), usecases.note_accounts)
        if units:
            self.hear(UnitsChanged(units=list(units)), usecases.note_units)

    def told(self, to: UUID | None = None) -> list[tuple[str, str, str | None]]:
        """Return topic, state of the message and channel, state of its delivery, in order."""
        with self.workshop.open() as work:
            listed = (
                select(Message.topic, Message.state, Delivery.channel, Delivery.state)
                .outerjoin(Delivery, Delivery.message_id == Message.id)
                .order_by(Message.created_at, Message.topic, Delivery.position)
            )
            listed = listed.where(Message.recipient_id == to) if to else listed
            return [
                (topic, state, f"{channel} {how}" if channel else None)
                for topic, state, channel, how in work.session.execute(listed)
            ]

    def inbox(self, **who: Any) -> list[tuple[str, str]]:
        """Return titles and texts in the inbox of somebody, newest first; who has a unit is its officer."""
        if "unit_id" in who:
            who.setdefault("grants", (Grant(role=Role.UNIT_OFFICER, scope="/u/"),))
        items = self.workshop.read(MyInbox(by=Actor(**who)), partial(queries.my_inbox, TEMPLATES)).items
        return [(item.title, item.body) for item in items]

    def let_go(self) -> int:
        """Let go what was held back of bursts that go on, as the sender does at once; return how much."""
        let = 0
        with self.workshop.open() as work:
            while piece := let_go(work.session, clock.now(), self.ways.at_once):
                let += piece
        return let

    def keep(self) -> None:
        """Do what housekeeping does."""
        with self.workshop.open() as work:
            usecases.keep_house(work.session, self.ways, RetryPolicy(), clock.now())

    def dump(self) -> str:
        """Return every row of every table of notify as text."""
        with self.workshop.engine.connect() as connection:
            listed = text("SELECT tablename FROM pg_tables WHERE schemaname = 'notify'")
            tables = connection.execute(listed).scalars().all()
            rows = [connection.execute(text(f"SELECT t::text FROM notify.{name} AS t")) for name in tables]
            return "\n".join(row for table in rows for row in table.scalars())
