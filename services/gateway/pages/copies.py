"""Copies of answers: shared by everybody for some seconds, and shown on when a service does not answer."""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Any

from services.chassis import clock
from services.chassis.contracts import Query
from services.chassis.refusals import Refusal, RefusalKind, Unavailable

MOST = 200
"""Answers kept; the one not asked for longest goes first."""

TRY_AGAIN_AFTER = 2.0
"""Seconds without asking again after a service did not answer, so that visitors do not wait for nothing."""


@dataclass(frozen=True)
class Copy:
    """An answer, when it was given, and whether it is old only because nobody answers now."""

    answer: Any
    taken_at: datetime
    is_stale: bool = False


class Copies:
    """Asks each public question at most once at a time, and remembers the last good answer."""

    def __init__(self, ask: Callable[[Query], Any], fresh_seconds: float) -> None:
        """Take how to ask, and for how many seconds an answer is passed on without asking again."""
        self._ask, self._fresh_seconds = ask, fresh_seconds
        self._copies: OrderedDict[Query, Copy] = OrderedDict()
        self._ask_again_at: defaultdict[Query, float] = defaultdict(float)
        self._asking: defaultdict[Query, threading.Lock] = defaultdict(threading.Lock)

    def of(self, query: Query) -> Copy:
        """Return the copy of the answer to `query`, as fresh as can be had.

        Raises the refusal of the service, and `Unavailable` when it is away and has never answered this.
        """
        copy = self._copies.get(query)
        if copy is not None and (monotonic() < self._ask_again_at[query] or self._asking[query].locked()):
            self._copies.move_to_end(query)
            return copy
        with self._asking[query]:
            if monotonic() >= self._ask_again_at[query]:
                self._ask_now(query)
            found = self._copies.get(query)
        self._forget_some()
        if found is None:
            raise Unavailable()
        return found

    def _ask_now(self, query: Query) -> None:
        try:
            self._copies[query] = Copy(self._ask(query), clock.now())
            self._ask_again_at[query] = monotonic() + self._fresh_seconds
        except Refusal as refusal:
            if refusal.kind is not RefusalKind.UNAVAILABLE:
                raise
            self._ask_again_at[query] = monotonic() + TRY_AGAIN_AFTER
            if query in self._copies:
                self._copies[query] = replace(self._copies[query], is_stale=True)

    def _forget_some(self) -> None:
        while len(self._asking) > MOST:
            oldest = next(iter(self._copies), None) or next(iter(self._asking))
            if self._asking[oldest].locked():
                return
            self._copies.pop(oldest, None)
            self._ask_again_at.pop(oldest, None)
            del self._asking[oldest]
