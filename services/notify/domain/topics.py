"""What there is to tell: the topics, how urgent they are and which mistake is the lesser one."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from services.notify.domain.recipients import RecipientKind


class TopicClass(StrEnum):
    """How much of a hurry there is; also the lane, so that a burst never delays what is urgent."""

    URGENT = "urgent"  # now, at any hour
    SERVICE = "service"  # soon
    MARKETING = "marketing"  # an invitation: by day, to whoever did not decline

    @property
    def lane(self) -> int:
        """Return the rank in which the sender looks: 0 goes first."""
        return list(TopicClass).index(self)


class Risk(StrEnum):
    """Which mistake to make when nobody can say whether a message arrived."""

    SILENCE = "silence"  # leave it: hearing it twice would annoy or mislead
    DUPLICATE = "duplicate"  # ask, then send it again, and another way: not hearing it would be worse


class Topic(StrEnum):
    """What people are told about."""

    WISH_RECEIVED = "wish_received"
    WISH_SCREENED = "wish_screened"
    RELEASE_DIGEST = "release_digest"
    WISH_CLAIMED = "wish_claimed"
    CLAIM_ENDED = "claim_ended"
    CLAIM_DELIVERED = "claim_delivered"
    FULFILMENT_CONFIRMED = "fulfilment_confirmed"
    CLAIM_DUE_SOON = "claim_due_soon"
    CLAIM_OVERDUE = "claim_overdue"
    THRESHOLD_REACHED = "threshold_reached"
    FEEDBACK_ISSUED = "feedback_issued"
    FEEDBACK_ANSWERED = "feedback_answered"
    SIGN_IN_CODE = "sign_in_code"
    POINTS_CORRECTED = "points_corrected"
    CORRECTION_PROPOSED = "correction_proposed"
    OUTSTANDING_NOMINATED = "outstanding_nominated"
    NOMINATION_DECIDED = "nomination_decided"
    NOTICE_SENT = "notice_sent"
    NOTICE_OBJECTED = "notice_objected"
    NOTICE_DECIDED = "notice_decided"
    FEEDBACK_UNANSWERED = "feedback_unanswered"
    WISH_REFERRED = "wish_referred"
    REFERRAL_ANSWERED = "referral_answered"
    CAMPAIGN_STAGE = "campaign_stage"
    ROSTER_DUE = "roster_due"
    FESTIVAL_NEAR = "festival_near"
    FIGURES_AWAITED = "figures_awaited"
    COMPLAINT_RECEIVED = "complaint_received"
    COMPLAINT_ESCALATED = "complaint_escalated"
    COMPLAINT_ANSWERED = "complaint_answered"
    WAITING_MOVED = "waiting_moved"
    POOL_MOVED = "pool_moved"
    DISPATCH_PROPOSED = "dispatch_proposed"
    URGENT_DISPATCH = "urgent_dispatch"
    DISPATCH_WITHDRAWN = "dispatch_withdrawn"
    DISPATCH_ANSWERED = "dispatch_answered"
    RECTIFICATION_MOVED = "rectification_moved"
    ESCALATION_RAISED = "escalation_raised"
    VISIT_MOVED = "visit_moved"
    PROJECT_MOVED = "project_moved"
    DAILY_DIGEST = "daily_digest"
    BUDGET_NEAR = "budget_near"
    ACCOUNT_STOPPED = "account_stopped"


Plans = dict[RecipientKind, tuple[str, ...]]
"""The channels for each kind of recipient, in order; none means that the inbox is enough."""


@dataclass(frozen=True, kw_only=True)
class TopicRule:
    """How a topic is told: to which kinds of people through which channels, with which words to fill in."""

    plans: Plans
    parameters: frozenset[str]
    topic_class: TopicClass = TopicClass.SERVICE
    in_doubt: Risk = Risk.SILENCE
    worth_saying_for: timedelta = timedelta(days=3)
    may_be_switched_off: bool = True  # by the recipient; answers that somebody waits for may not
    may_wait: bool = False  # for the digest of the day, with whoever wants one
    is_secret: bool = False  # never in an inbox, and erased when its time is over
