"""Endings: which sessions were ended before their time, asked of the directory for everybody at once.

A session lives in the visitor's token. So that no request has to look it up, the door keeps the few accounts
and members whose sessions were ended while a session of before could still be shown.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import eventlet
import structlog
from eventlet.semaphore import Semaphore

from services.chassis import clock
from services.chassis.refusals import Refusal
from services.directory.contracts import ListEndedSessions, SessionsEnded
from services.gateway.contracts import SessionDoubtful, SessionOver
from services.gateway.sessions import Session
from services.gateway.settings import GatewaySettings

log = structlog.get_logger(__name__)

Ask = Callable[[ListEndedSessions, float | None], Any]

ANSWERS_WITHIN = 2.0
"""Seconds for which an answer is waited for; visitors may be waiting for it too."""

LOOK_BACK = timedelta(minutes=2)
"""An end is dated when its transaction begins and seen when it commits: the newest may not be the last."""

ALL_AGAIN_AFTER = 600.0
"""Seconds after which everything is asked again, whatever the clocks of others did meanwhile."""

ON_A_PAGE = 200


class Endings:
    """Knows whose sessions were ended, and how often; asks again every other second."""

    def __init__(self, ask: Ask, settings: GatewaySettings) -> None:
        """Take how to ask the directory, and the settings."""
        self._ask, self._settings = ask, settings
        self._longest = timedelta(hours=settings.staff_session_hours, days=settings.member_session_days)
        self._times: dict[UUID, int] = {}
        self._newest = clock.now()
        self._asked_at = self._known_at = self._all_known_at = float("-inf")
        self._turn = Semaphore()

    def watch(self) -> None:
        """Ask again and again, for ever; a directory that is away is asked until it is back."""
        is_away = False
        while True:
            try:
                with self._turn:
                    self._learn()
                is_away = False
            except Exception as fault:  # whatever it is: without this watch, nobody's session would end
                if not is_away:
                    log.warning("endings_not_learned", fault=type(fault).__name__)
                is_away = True
            eventlet.sleep(self._settings.endings_asked_every)

    def check(self, session: Session) -> None:
        """Raise `SessionOver` when this session was ended.

        What was known last holds on for ten minutes; then it is asked once more, and without an answer
        `SessionDoubtful` is raised.
        """
        if not self._is_known():
            self._learn_in_need(monotonic())
        actor = session.actor
        who = actor.account_id or actor.member_id
        if who is not None and self._times.get(who, 0) > session.sessions_ended:
            raise SessionOver()

    def _is_known(self) -> bool:
        return monotonic() - self._known_at < self._settings.endings_known_for

    def _learn_in_need(self, wanted_at: float) -> None:
        """Ask, unless somebody asked since it was wanted: of all the visitors who wait, one asks."""
        with self._turn:
            if not self._is_known() and self._asked_at < wanted_at:
                with suppress(Refusal):
                    self._learn()
        if not self._is_known():
            raise SessionDoubtful()

    def _learn(self) -> None:
        """Ask what is new; now and then, and at first, ask for all."""
        self._asked_at = now = monotonic()
        if now - self._all_known_at > ALL_AGAIN_AFTER:
            self._learn_all()
            self._all_known_at = now
        else:
            self._note(list(self._ended_since(self._newest - LOOK_BACK)))
        self._known_at = now

    def _learn_all(self) -> None:
        """Ask for whatever may concern a session that still runs, and forget the rest."""
        since = clock.now() - self._longest
        ended = list(self._ended_since(since))
        self._times.clear()
        self._newest = since
        self._note(ended)

    def _note(self, ended: list[SessionsEnded]) -> None:
        self._times.update((one.id, one.times) for one in ended)
        self._newest = max([self._newest, *(one.ended_at for one in ended)])

    def _ended_since(self, since: datetime) -> Iterator[SessionsEnded]:
        query = ListEndedSessions(since=since, limit=ON_A_PAGE)
        while True:
            page = self._ask(query, ANSWERS_WITHIN)
            yield from page.items
            if page.next is None:
                return
            query = ListEndedSessions(since=since, after=page.next, limit=ON_A_PAGE)
