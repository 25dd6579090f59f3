"""What points answers: rules, cards, the ledger, recognitions, feedback, obligations, notices, rankings."""

from services.points.queries.duties import (
    Span,
    count_obligations,
    duty_view,
    expected,
    is_counted,
    list_duties,
    list_obligations,
    my_obligations,
    obligations,
)
from services.points.queries.feedback import (
    get_feedback,
    list_feedback,
    my_feedback,
    own_report,
)
from services.points.queries.ledger import (
    list_corrections,
    list_entries,
    list_rules,
    marks_of,
    my_card,
    rules_on,
)
from services.points.queries.notices import (
    is_about,
    list_objections,
    my_notices,
    own_notice,
)
from services.points.queries.ranking import (
    rank_members,
)
from services.points.queries.recognition import (
    get_recognition,
    list_nominations,
    list_recognitions,
)

__all__ = [
    "Span",
    "count_obligations",
    "duty_view",
    "expected",
    "get_feedback",
    "get_recognition",
    "is_about",
    "is_counted",
    "list_corrections",
    "list_duties",
    "list_entries",
    "list_feedback",
    "list_nominations",
    "list_objections",
    "list_obligations",
    "list_recognitions",
    "list_rules",
    "marks_of",
    "my_card",
    "my_feedback",
    "my_notices",
    "my_obligations",
    "obligations",
    "own_notice",
    "own_report",
    "rank_members",
    "rules_on",
]
