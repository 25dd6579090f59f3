"""What claims shows: the board with its claims, and what follows from them."""

from services.claims.queries.aftercare import (
    list_call_backs,
    list_rectifications,
    list_satisfaction_levels,
    my_rectifications,
)
from services.claims.queries.board import (
    get_offer,
    list_claims,
    list_offers,
    my_claims,
    similar_offers,
)
from services.claims.queries.dispatch import (
    list_dispatches,
    my_dispatches,
)
from services.claims.queries.escalation import (
    list_escalations,
)
from services.claims.queries.joint import list_joint_parts, speaks_for
from services.claims.queries.projects import (
    get_letter_of_intent,
    list_open_projects,
    list_projects,
    my_projects,
)
from services.claims.queries.suggesting import suggest_members, suggest_wishes
from services.claims.queries.visiting import (
    list_arrangements,
    list_visits,
    my_visits,
)
from services.claims.queries.waiting import get_pool, list_pledges, my_pledges, my_waiting

__all__ = [
    "get_letter_of_intent",
    "get_offer",
    "get_pool",
    "list_arrangements",
    "list_call_backs",
    "list_claims",
    "list_dispatches",
    "list_escalations",
    "list_joint_parts",
    "list_offers",
    "list_open_projects",
    "list_pledges",
    "list_projects",
    "list_rectifications",
    "list_satisfaction_levels",
    "list_visits",
    "my_claims",
    "my_dispatches",
    "my_pledges",
    "my_projects",
    "my_rectifications",
    "my_visits",
    "my_waiting",
    "similar_offers",
    "speaks_for",
    "suggest_members",
    "suggest_wishes",
]
