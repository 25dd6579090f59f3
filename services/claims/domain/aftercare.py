"""What follows a confirmation: which claims are called back about, and what is put right by when."""

import hashlib
from enum import StrEnum
from uuid import UUID

from services.chassis.lifecycle import Lifecycle

SATISFACTION_WORDS: dict[int, tuple[str, str]] = {
    5: ("非常满意", "very satisfied"),
    4: ("满意", "satisfied"),
    3: ("基本满意", "fairly satisfied"),
    2: ("不满意", "dissatisfied"),
    1: ("非常不满意", "very dissatisfied"),
}
"""The five levels in Chinese and in English. Source: the levels of 政务服务“好差评”, PRODUCT (Fulfilment)."""

WORST_LEVELS = (1, 2)
"""非常不满意 and 不满意: the clock of rectification starts."""


class CallBackState(StrEnum):
    """How a call-back stands."""

    DRAWN = "drawn"  # a worker calls the resident; nobody does: it stays on the worker's list
    UNREACHED = "unreached"  # nobody answered; a worker tries again, or leaves it at that
    SATISFIED = "satisfied"  # the resident says it is as it should be; final
    WANTING = "wanting"  # it is not; a rectification was opened; final


class CallBackAction(StrEnum):
    """What moves a call-back."""

    MISS = "miss"
    FIND_SATISFIED = "find_satisfied"
    FIND_WANTING = "find_wanting"


CALL_BACK_LIFECYCLE: Lifecycle[CallBackState, CallBackAction] = Lifecycle(
    {
        (CallBackState.DRAWN, CallBackAction.MISS): CallBackState.UNREACHED,
        (CallBackState.UNREACHED, CallBackAction.MISS): CallBackState.UNREACHED,
        (CallBackState.DRAWN, CallBackAction.FIND_SATISFIED): CallBackState.SATISFIED,
        (CallBackState.UNREACHED, CallBackAction.FIND_SATISFIED): CallBackState.SATISFIED,
        (CallBackState.DRAWN, CallBackAction.FIND_WANTING): CallBackState.WANTING,
        (CallBackState.UNREACHED, CallBackAction.FIND_WANTING): CallBackState.WANTING,
    },
    starts=CallBackState.DRAWN,
)

CALL_BACK_OUTCOMES = {
    "satisfied": CallBackAction.FIND_SATISFIED,
    "wanting": CallBackAction.FIND_WANTING,
    "unreached": CallBackAction.MISS,
}


def is_drawn(claim_id: UUID, percent: int) -> bool:
    """Say whether a claim is called back about: chance by its id alone, so that anybody can draw it again."""
    lot = int.from_bytes(hashlib.sha256(claim_id.bytes).digest()[:8], "big")
    return lot % 10_000 < percent * 100


class RectificationState(StrEnum):
    """How a rectification stands."""

    OPEN = "open"  # the doer puts it right; does not: overdue at the end of its days
    OVERDUE = "overdue"  # told to doer and worker, and level by level to those above, until it is put right
    REMEDIED = "remedied"  # said to be put right; a worker asks the resident, it stays on the worker's list
    DONE = "done"  # the resident agrees; final


class RectificationAction(StrEnum):
    """What moves a rectification."""

    REMEDY = "remedy"
    FALL_DUE = "fall_due"
    REOPEN = "reopen"
    CLOSE = "close"


RECTIFICATION_LIFECYCLE: Lifecycle[RectificationState, RectificationAction] = Lifecycle(
    {
        (RectificationState.OPEN, RectificationAction.REMEDY): RectificationState.REMEDIED,
        (RectificationState.OPEN, RectificationAction.FALL_DUE): RectificationState.OVERDUE,
        (RectificationState.OPEN, RectificationAction.CLOSE): RectificationState.DONE,
        (RectificationState.OVERDUE, RectificationAction.REMEDY): RectificationState.REMEDIED,
        (RectificationState.OVERDUE, RectificationAction.CLOSE): RectificationState.DONE,
        (RectificationState.REMEDIED, RectificationAction.REOPEN): RectificationState.OPEN,
        (RectificationState.REMEDIED, RectificationAction.CLOSE): RectificationState.DONE,
    },
    starts=RectificationState.OPEN,
)
