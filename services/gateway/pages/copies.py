"""Copies of answers: shared by everybody for some seconds, and shown on when a service does not answer."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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


@dataclass
class _Place:
    """Where the copy of one answer lies, from when on it is asked for again, and who asks just now."""

    copy: Copy | None = None
    ask_again_at: float = 0.0
    asking: threading.Lock = field(default_factory=threading.Lock)


Shelf = OrderedDict[Query, _Place]


class Copies:
    """Asks each public question at most once at a time, and remembers the last good answer.

    Questions without an answer lie apart: however many somebody invents, no copy goes for them.
    """

    def __init__(self, ask: Callable[[Query], Any], fresh_seconds: float) -> None:
        """Take how to ask, and for how many seconds an answer is passed on without asking again."""
        self._ask, self._fresh_seconds = ask, fresh_seconds
        self._known: Shelf = OrderedDict()
        self._unknown: Shelf = OrderedDict()

    def of(self, query: Query) -> Copy:
        """Return the copy of the answer to `query`, as fresh as can be had.

        Raises the refusal of the service, and `Unavailable` when it is away and has never answered this.
        """
        place = self._known.get(query) or self._unknown.setdefault(query, _Place())
        if place.copy is not None and (monotonic() < place.ask_again_at or place.asking.locked()):
            self._put(query, place)
            return place.copy
        try:
            with place.asking:
                if monotonic() >= place.ask_again_at:
                    self._ask_now(query, place)
        finally:
            self._put(query, place)
        if place.copy is None:
            raise Unavailable()
        return place.copy

    def _ask_now(self, query: Query, place: _Place) -> None:
        try:
            place.copy = Copy(self._ask(query), clock.now())
            place.ask_again_at = monotonic() + self._fresh_seconds
        except Refusal as refusal:
            if refusal.kind is not RefusalKind.UNAVAILABLE:
                raise
            place.ask_again_at = monotonic() + TRY_AGAIN_AFTER
            if place.copy is not None:
                place.copy = replace(place.copy, is_stale=True)

    def _put(self, query: Query, place: _Place) -> None:
        """Keep a copy, as the one asked for last; without one, only that it is not asked for just now."""
        if place.copy is not None:
            self._unknown.pop(query, None)
            self._known[query] = place
            self._known.move_to_end(query)
        elif monotonic() >= place.ask_again_at:
            self._unknown.pop(query, None)
        for shelf in (self._known, self._unknown):
            while len(shelf) > MOST:
                shelf.popitem(last=False)
