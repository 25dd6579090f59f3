"""Doing several things at the same moment, each in a greenthread of its own."""

from collections.abc import Callable
from itertools import count
from typing import Any

import eventlet


def all_at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do all deeds in greenthreads of their own; return what came out, refusals and faults among it."""

    def outcome(deed: Callable[[], Any]) -> Any:
        try:
            return deed()
        except Exception as raised:
            return raised

    return list(eventlet.GreenPool(len(deeds)).imap(outcome, deeds))


def meeting_of(number: int) -> Callable[[], None]:
    """Return where the first so many who come wait for each other; whoever comes later passes at once."""
    all_are_here, coming = eventlet.event.Event(), count(1)

    def meet() -> None:
        if next(coming) == number:
            all_are_here.send()
        all_are_here.wait()

    return meet


def slowly(usecase: Callable[..., Any]) -> Callable[..., Any]:
    """Return the use case with a pause before it ends, so that others come in between."""

    def slow(*arguments: Any) -> Any:
        answer = usecase(*arguments)
        eventlet.sleep(0.05)
        return answer

    return slow
