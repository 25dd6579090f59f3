"""The turns of an account as all processes of the house take them: from its row, in the order they ask."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import timedelta
from time import monotonic

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from services.chassis import clock
from services.chassis.database import at_once
from services.chassis.work import Workshop
from services.notify.domain import Bucket, Limits, Rate, bucket_of, vendors_day
from services.notify.usecases.accounts import (
    charge,
    give_back_of_day,
    take_of_day,
    take_turn,
    take_turn_of_each,
)

log = structlog.get_logger(__name__)

STANDS_FOR = 20.0
"""Seconds for which a caller stands and waits for its turn; who would wait longer comes back by then."""

SOON = timedelta(seconds=1)
"""When to come back while the table of turns is out of reach, or the house closes."""

TRIES = 3
"""How often a turn is taken anew by whoever overslept the last."""

SMALL_DEBT = 0.01
"""Parts by which an account may be used more than was reckoned with before that is written down."""


class SharedTurns:
    """The turns of one account."""

    def __init__(self, workshop: Workshop, account: str, stand: Callable[[float], bool]) -> None:
        """Take where the table is, whose turns, and how to stand: which returns whether the house closes."""
        self._workshop, self._account, self._stand = workshop, account, stand

    def take(self, limits: Limits, what: str = "") -> timedelta | None:
        """Stand until it is one's turn, or return after how long to come back; `what` else than to send."""
        bucket = limits.bucket()
        return self._take(f"{self._account} {what}".strip(), bucket, 1.0) if bucket else None

    def cover(self, limits: Limits, parts: float, reckoned: float) -> timedelta | None:
        """Take what a batch lacks of the tokens that were reckoned with, and stand for it; give back others.

        Where that would take too long nothing is taken, and everything given back.
        """
        bucket, lacks = limits.bucket(), parts - reckoned
        if bucket is None or limits.are_of_calls or abs(lacks) <= SMALL_DEBT:
            return None
        if lacks < 0:
            self._give_back(-lacks)
            return None
        wait = self._take(self._account, bucket, lacks)
        if wait is not None:
            self._give_back(reckoned)
        return wait

    def take_of_day(self, limits: Limits, number: int) -> int:
        """Count so many messages into the vendor's day, or as many as it has room for; return how many.

        Out of reach of the table all of them go out: the vendor says itself when its day is full.
        """
        if limits.a_day is None:
            return number
        day = vendors_day(clock.now())
        try:
            with self._connection() as connection:
                return take_of_day(connection, self._account, day, number, limits.a_day)
        except SQLAlchemyError as fault:
            self._out_of_reach(fault)
            return number

    def give_back_of_day(self, limits: Limits, number: int) -> None:
        """Count so many messages no more that did not go out; out of reach of the table they stay counted."""
        if limits.a_day is None:
            return
        try:
            with self._connection() as connection:
                give_back_of_day(connection, self._account, vendors_day(clock.now()), number)
        except SQLAlchemyError as fault:
            self._out_of_reach(fault)

    def take_each(self, rate: Rate, addresses: Collection[str]) -> frozenset[str]:
        """Return the addresses that may be told something now; the table knows them by their blind index."""
        indices = {self._workshop.seals.index(address): address for address in addresses}
        try:
            with self._connection() as connection:
                taken = take_turn_of_each(connection, self._account, bucket_of(rate), indices)
        except SQLAlchemyError as fault:
            self._out_of_reach(fault)
            return frozenset()
        return frozenset(indices[index] for index in taken)

    def _take(self, account: str, bucket: Bucket, number: float) -> timedelta | None:
        """Take so many tokens; a turn that was overslept is lost: it would crowd with those that follow."""
        ends_at = monotonic() + STANDS_FOR
        for _ in range(TRIES):
            asked_at = monotonic()
            within = max(0.0, ends_at - asked_at)
            try:
                with self._connection() as connection:
                    now = clock.now()
                    wait, is_taken = take_turn(connection, account, bucket, number, within, now)
            except SQLAlchemyError as fault:
                return self._out_of_reach(fault)
            if not is_taken:
                return timedelta(seconds=wait)
            if wait > 0 and self._stand(wait):
                return SOON
            if monotonic() - asked_at - wait <= bucket.slack:
                return None
        return SOON

    def _give_back(self, parts: float) -> None:
        try:
            with self._connection() as connection:
                charge(connection, self._account, -parts)
        except SQLAlchemyError as fault:
            self._out_of_reach(fault)

    def _connection(self) -> AbstractContextManager[Connection]:
        return at_once(self._workshop.engine).connect()

    def _out_of_reach(self, fault: SQLAlchemyError) -> timedelta:
        log.warning("turns_unreachable", provider=self._account, fault=type(fault).__name__)
        return SOON
