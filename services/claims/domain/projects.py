"""The life of a project: proposed with a plan, approved, claimed by units, completed, signed off."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from services.chassis.lifecycle import Lifecycle
from services.chassis.publishing import holds_number_of_a_person
from services.claims.contracts import MilestonePlan, MilestonesNeeded, NumberInTitle, PlanNeeded
from services.claims.domain.claiming import text_given

LONGEST_TITLE = 40
MOST_MILESTONES = 20


class ProjectState(StrEnum):
    """How a project stands."""

    PROPOSED = "proposed"  # an officer approves it or sends it back; nobody does: it stays on the list
    SENT_BACK = "sent_back"  # the proposer revises the plan, or leaves it
    APPROVED = "approved"  # any unit may claim it; none does: it stays on the list until it is withdrawn
    CLAIMED = "claimed"  # units reach its milestones, or leave; one overdue is told level by level
    COMPLETED = "completed"  # said to be done; a second party signs it off, it stays on their list
    SIGNED_OFF = "signed_off"  # accepted (验收); final
    WITHDRAWN = "withdrawn"  # wanted no more, said by its proposer or an officer, with a reason; final


class ProjectAction(StrEnum):
    """What moves a project."""

    APPROVE = "approve"
    SEND_BACK = "send_back"
    REVISE = "revise"
    CLAIM = "claim"
    LEAVE = "leave"  # a unit cannot go on, others do
    GIVE_BACK = "give_back"  # the last unit left
    COMPLETE = "complete"
    SIGN_OFF = "sign_off"
    FIND_WANTING = "find_wanting"
    WITHDRAW = "withdraw"


PROJECT_LIFECYCLE: Lifecycle[ProjectState, ProjectAction] = Lifecycle(
    {
        (ProjectState.PROPOSED, ProjectAction.APPROVE): ProjectState.APPROVED,
        (ProjectState.PROPOSED, ProjectAction.SEND_BACK): ProjectState.SENT_BACK,
        (ProjectState.SENT_BACK, ProjectAction.REVISE): ProjectState.PROPOSED,
        (ProjectState.APPROVED, ProjectAction.CLAIM): ProjectState.CLAIMED,
        (ProjectState.CLAIMED, ProjectAction.CLAIM): ProjectState.CLAIMED,
        (ProjectState.CLAIMED, ProjectAction.LEAVE): ProjectState.CLAIMED,
        (ProjectState.CLAIMED, ProjectAction.GIVE_BACK): ProjectState.APPROVED,
        (ProjectState.CLAIMED, ProjectAction.COMPLETE): ProjectState.COMPLETED,
        (ProjectState.COMPLETED, ProjectAction.SIGN_OFF): ProjectState.SIGNED_OFF,
        (ProjectState.COMPLETED, ProjectAction.FIND_WANTING): ProjectState.CLAIMED,
        (ProjectState.PROPOSED, ProjectAction.WITHDRAW): ProjectState.WITHDRAWN,
        (ProjectState.SENT_BACK, ProjectAction.WITHDRAW): ProjectState.WITHDRAWN,
        (ProjectState.APPROVED, ProjectAction.WITHDRAW): ProjectState.WITHDRAWN,
        (ProjectState.CLAIMED, ProjectAction.WITHDRAW): ProjectState.WITHDRAWN,
    },
    starts=ProjectState.PROPOSED,
)


def title_given(title: str) -> str:
    """Return a title without blanks around it, fit for everyone to read.

    Raises `PlanNeeded` for none, or one that is too long, and `NumberInTitle`.
    """
    title = title.strip()
    if not title or len(title) > LONGEST_TITLE or not title.isprintable():
        raise PlanNeeded()
    _check_public(title)
    return title


def plan_given(plan: str) -> str:
    """Return a plan without blanks around it; raise `PlanNeeded` for none."""
    plan = text_given(plan)
    if not plan:
        raise PlanNeeded()
    return plan


def check_milestones(milestones: Sequence[MilestonePlan], today: date) -> None:
    """Raise `MilestonesNeeded` unless there are some, each with a name fit to be told and a day to come."""
    fit = all(one.title.strip() and one.title.isprintable() and one.due_on >= today for one in milestones)
    short = all(len(one.title) <= LONGEST_TITLE for one in milestones)
    if not (1 <= len(milestones) <= MOST_MILESTONES and fit and short):
        raise MilestonesNeeded(limit=MOST_MILESTONES)
    for one in milestones:
        _check_public(one.title)


def _check_public(title: str) -> None:
    """Refuse a title that holds a number: it is shown, told and escalated unsealed, as that of a wish is."""
    if holds_number_of_a_person(title):
        raise NumberInTitle()
