"""Answers that may be a refusal worth keeping: it is said when its transaction is committed."""

from typing import TypeVar

from services.chassis.contracts import View
from services.chassis.refusals import Refusal

Answer = TypeVar("Answer", bound=View)


def said(answer: Answer | Refusal) -> Answer:
    """Return an answer, or say a refusal that is worth keeping: the transaction is committed by now."""
    if isinstance(answer, Refusal):
        raise answer
    return answer
