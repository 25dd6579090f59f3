"""Doing several things at the same moment, each in a greenthread of its own."""

from collections.abc import Callable
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


def slowly(usecase: Callable[..., Any]) -> Callable[..., Any]:
    """Return the use case with a pause before it ends, so that others come in between."""

    def slow(*arguments: Any) -> Any:
        answer = usecase(*arguments)
        eventlet.sleep(0.05)
        return answer

    return slow
