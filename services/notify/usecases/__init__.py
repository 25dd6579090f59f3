"""The verbs of notify: keep copies, tell people, lend and record deliveries, keep house, read, try again."""

from services.notify.gate.ways import Ways
from services.notify.usecases.bursts import pause_burst, resume_burst, start_burst
from services.notify.usecases.copies import (
    note_accounts,
    note_areas,
    note_members,
    note_residents,
    note_units,
)
from services.notify.usecases.digesting import merge_digests
from services.notify.usecases.handles import note_handle
from services.notify.usecases.housekeeping import keep_house
from services.notify.usecases.inbox import mark_read, retry_delivery
from services.notify.usecases.indexing import index_recipients
from services.notify.usecases.preferring import my_preferences, set_preferences
from services.notify.usecases.receipts import settle_early, take_receipts
from services.notify.usecases.sending import Lent, Loan, Result, lend, record
from services.notify.usecases.spending import set_budget, warn_of_budgets
from services.notify.usecases.stopping import end_stops, tell_of_stops
from services.notify.usecases.suppressing import (
    check_suppression,
    lift_suppression,
    suppress_address,
    take_replies,
    unsubscribe,
)
from services.notify.usecases.telling import (
    tell_of_claims,
    tell_of_claims_due_soon,
    tell_of_delivery,
    tell_of_ended_claims,
    tell_of_feedback,
    tell_of_fulfilment,
    tell_of_overdue_claims,
    tell_of_release,
    tell_of_reply,
    tell_of_sign_in_code,
    tell_of_threshold,
    tell_of_wish_screened,
    tell_of_wishes_submitted,
)
from services.notify.usecases.telling_collection import (
    tell_of_campaign_stage,
    tell_of_festival,
    tell_of_referral,
    tell_of_referral_answered,
    tell_of_roster,
)
from services.notify.usecases.telling_complaints_and_figures import (
    tell_of_answered_complaint,
    tell_of_complaint,
    tell_of_escalated_complaints,
    tell_of_figures_awaited,
)
from services.notify.usecases.telling_dispatch import (
    tell_of_dispatches,
    tell_of_escalations,
    tell_of_rectifications,
    tell_of_visits,
)
from services.notify.usecases.telling_line_and_pools import tell_of_pool, tell_of_waiting
from services.notify.usecases.telling_points import (
    tell_of_corrected_points,
    tell_of_decided_notice,
    tell_of_nomination,
    tell_of_notices,
    tell_of_objection,
    tell_of_outstanding,
    tell_of_proposed_correction,
    tell_of_unanswered_feedback,
)
from services.notify.usecases.telling_projects import (
    tell_of_project,
)
from services.notify.usecases.trials import note_trial
from services.notify.usecases.wording import override_words, withdraw_override

__all__ = [
    "Lent",
    "Loan",
    "Result",
    "Ways",
    "check_suppression",
    "end_stops",
    "index_recipients",
    "keep_house",
    "lend",
    "lift_suppression",
    "mark_read",
    "merge_digests",
    "my_preferences",
    "note_accounts",
    "note_areas",
    "note_handle",
    "note_members",
    "note_residents",
    "note_trial",
    "note_units",
    "override_words",
    "pause_burst",
    "record",
    "resume_burst",
    "retry_delivery",
    "set_budget",
    "set_preferences",
    "settle_early",
    "start_burst",
    "suppress_address",
    "take_receipts",
    "take_replies",
    "tell_of_answered_complaint",
    "tell_of_campaign_stage",
    "tell_of_claims",
    "tell_of_claims_due_soon",
    "tell_of_complaint",
    "tell_of_corrected_points",
    "tell_of_decided_notice",
    "tell_of_delivery",
    "tell_of_dispatches",
    "tell_of_ended_claims",
    "tell_of_escalated_complaints",
    "tell_of_escalations",
    "tell_of_feedback",
    "tell_of_festival",
    "tell_of_figures_awaited",
    "tell_of_fulfilment",
    "tell_of_nomination",
    "tell_of_notices",
    "tell_of_objection",
    "tell_of_outstanding",
    "tell_of_overdue_claims",
    "tell_of_pool",
    "tell_of_project",
    "tell_of_proposed_correction",
    "tell_of_rectifications",
    "tell_of_referral",
    "tell_of_referral_answered",
    "tell_of_release",
    "tell_of_reply",
    "tell_of_roster",
    "tell_of_sign_in_code",
    "tell_of_stops",
    "tell_of_threshold",
    "tell_of_unanswered_feedback",
    "tell_of_visits",
    "tell_of_waiting",
    "tell_of_wish_screened",
    "tell_of_wishes_submitted",
    "unsubscribe",
    "warn_of_budgets",
    "withdraw_override",
]
