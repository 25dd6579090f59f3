"""How each topic is told: to whom, by which channels, with which words."""

from datetime import timedelta

from services.notify.domain.recipients import EMAIL, KINDS_WITH_INBOX, SMS, RecipientKind
from services.notify.domain.topics import Plans, Risk, Topic, TopicClass, TopicRule

_MEMBER, _RESIDENT = RecipientKind.MEMBER, RecipientKind.RESIDENT
_ACCOUNT, _UNIT = RecipientKind.ACCOUNT, RecipientKind.UNIT
_REACH_MEMBER: Plans = {_MEMBER: (SMS, EMAIL)}
_REACH_RESIDENT: Plans = {_RESIDENT: (SMS,)}
_INFORM_WORKERS: Plans = {_ACCOUNT: ()}
_REACH_UNIT: Plans = {_UNIT: (EMAIL,)}  # that claimed as a whole

TOPICS: dict[Topic, TopicRule] = {
    Topic.WISH_RECEIVED: TopicRule(  # to the resident: both codes
        plans=_REACH_RESIDENT,
        parameters=frozenset({"code", "confirmation_code", "title"}),
        in_doubt=Risk.DUPLICATE,
        may_be_switched_off=False,
    ),
    Topic.WISH_SCREENED: TopicRule(  # to the resident: accepted, returned or declined, and why
        plans=_REACH_RESIDENT,
        parameters=frozenset({"code", "title", "outcome", "reason"}),
        in_doubt=Risk.DUPLICATE,
        may_be_switched_off=False,
    ),
    Topic.RELEASE_DIGEST: TopicRule(  # to every member of the area: the board is full again
        plans=_REACH_MEMBER,
        parameters=frozenset({"period", "area_name", "released", "carried_over"}),
        topic_class=TopicClass.MARKETING,
        worth_saying_for=timedelta(days=7),
        may_wait=True,
    ),
    Topic.WISH_CLAIMED: TopicRule(  # to the doer: what and by when; to the resident: somebody is coming
        plans=_REACH_MEMBER | _REACH_RESIDENT | _REACH_UNIT,
        parameters=frozenset({"title", "wish_code", "due_on"}),
    ),
    Topic.CLAIM_ENDED: TopicRule(  # to the doer, and to the resident when nobody is coming any more
        plans=_REACH_MEMBER | _REACH_RESIDENT | _REACH_UNIT,
        parameters=frozenset({"title", "wish_code", "how", "reason"}),
    ),
    Topic.CLAIM_DELIVERED: TopicRule(  # to the resident: please confirm; to the workers there: please ask
        plans=_REACH_RESIDENT | _INFORM_WORKERS,
        parameters=frozenset({"title", "wish_code"}),
        in_doubt=Risk.DUPLICATE,
    ),
    Topic.FULFILMENT_CONFIRMED: TopicRule(  # to the doer: thank you
        plans=_REACH_MEMBER | _REACH_UNIT,
        parameters=frozenset({"title", "wish_code", "by_resident"}),
        worth_saying_for=timedelta(days=7),
        may_wait=True,
    ),
    Topic.CLAIM_DUE_SOON: TopicRule(  # to the doer; worth little once the day is over
        plans=_REACH_MEMBER | _REACH_UNIT,
        parameters=frozenset({"title", "wish_code", "due_on", "days_left"}),
        worth_saying_for=timedelta(days=1),
    ),
    Topic.CLAIM_OVERDUE: TopicRule(  # to the doer and to the workers there
        plans=_REACH_MEMBER | _INFORM_WORKERS | _REACH_UNIT,
        parameters=frozenset({"title", "wish_code", "due_on", "days_late"}),
        worth_saying_for=timedelta(days=1),
    ),
    Topic.THRESHOLD_REACHED: TopicRule(  # to the member, and to the unit that may be proud
        plans=_REACH_MEMBER | {_UNIT: (EMAIL,)},
        parameters=frozenset({"year", "threshold", "points"}),
        worth_saying_for=timedelta(days=14),
        may_wait=True,
    ),
    Topic.FEEDBACK_ISSUED: TopicRule(  # to the unit: its report is ready
        plans={_UNIT: (EMAIL,)},
        parameters=frozenset({"period", "members", "taking_part", "fulfilled"}),
        in_doubt=Risk.DUPLICATE,
        worth_saying_for=timedelta(days=14),
        may_be_switched_off=False,
    ),
    Topic.FEEDBACK_ANSWERED: TopicRule(  # to the officers of the street
        plans={_ACCOUNT: (EMAIL,)},
        parameters=frozenset({"period", "unit_name"}),
        worth_saying_for=timedelta(days=14),
        may_wait=True,
    ),
    Topic.SIGN_IN_CODE: TopicRule(  # to the phone that asked, until the code expires
        plans={_MEMBER: (SMS,)},
        parameters=frozenset({"code", "minutes"}),
        topic_class=TopicClass.URGENT,
        in_doubt=Risk.DUPLICATE,
        may_be_switched_off=False,
        is_secret=True,
    ),
    Topic.POINTS_CORRECTED: TopicRule(  # to the member whose card it is: what changed, and why
        plans=_REACH_MEMBER,
        parameters=frozenset({"title", "year", "is_more", "amount", "balance", "reason"}),
        worth_saying_for=timedelta(days=14),
        may_be_switched_off=False,
    ),
    Topic.CORRECTION_PROPOSED: TopicRule(  # to the officers who decide
        plans=_INFORM_WORKERS,
        parameters=frozenset({"title", "is_more", "amount"}),
        worth_saying_for=timedelta(days=14),
    ),
    Topic.OUTSTANDING_NOMINATED: TopicRule(  # to the officers above the community, who decide
        plans=_INFORM_WORKERS,
        parameters=frozenset({"community_name", "year"}),
        worth_saying_for=timedelta(days=14),
    ),
    Topic.NOMINATION_DECIDED: TopicRule(  # to the proposer; to the member and the unit when it is a yes
        plans=_REACH_MEMBER | {_UNIT: (EMAIL,)} | _INFORM_WORKERS,
        parameters=frozenset({"year", "is_approved"}),
        worth_saying_for=timedelta(days=14),
        may_wait=True,
    ),
    Topic.NOTICE_SENT: TopicRule(  # in private: to the member, the unit or the officers of the street
        plans=_REACH_MEMBER | {_UNIT: (EMAIL,)} | _INFORM_WORKERS,
        parameters=frozenset({"kind", "year", "required", "done"}),
        worth_saying_for=timedelta(days=14),
        may_be_switched_off=False,
    ),
    Topic.NOTICE_OBJECTED: TopicRule(  # to the officers who decide
        plans=_INFORM_WORKERS,
        parameters=frozenset({"year"}),
        worth_saying_for=timedelta(days=14),
    ),
    Topic.NOTICE_DECIDED: TopicRule(  # to whom the notice went
        plans=_REACH_MEMBER | {_UNIT: (EMAIL,)} | _INFORM_WORKERS,
        parameters=frozenset({"year", "is_withdrawn", "reason"}),
        worth_saying_for=timedelta(days=14),
        may_be_switched_off=False,
    ),
    Topic.FEEDBACK_UNANSWERED: TopicRule(  # to the unit, once
        plans={_UNIT: (EMAIL,)},
        parameters=frozenset({"period", "is_received"}),
        worth_saying_for=timedelta(days=14),
        may_wait=True,
    ),
    Topic.FIGURES_AWAITED: TopicRule(  # to who signs figures there: a period is over and not signed
        plans={_ACCOUNT: (EMAIL,)},
        parameters=frozenset({"period", "period_kind", "area_name"}),
        may_wait=True,
    ),
    Topic.COMPLAINT_RECEIVED: TopicRule(  # to who answers there: there is one to read, not what it says
        plans={_ACCOUNT: (EMAIL,)},
        parameters=frozenset({"due_on"}),
        worth_saying_for=timedelta(days=7),
        may_be_switched_off=False,
    ),
    Topic.COMPLAINT_ESCALATED: TopicRule(  # to who answers in the area above
        plans={_ACCOUNT: (SMS, EMAIL)},
        parameters=frozenset({"due_on"}),
        worth_saying_for=timedelta(days=7),
        may_be_switched_off=False,
    ),
    Topic.COMPLAINT_ANSWERED: TopicRule(  # to the phone that the complainant left: where to read the answer
        plans=_REACH_RESIDENT,
        parameters=frozenset({"code"}),
        in_doubt=Risk.DUPLICATE,
        worth_saying_for=timedelta(days=7),
        may_be_switched_off=False,
    ),
    Topic.WISH_REFERRED: TopicRule(  # to the resident: to which department, why, by when it answers
        plans=_REACH_RESIDENT,
        parameters=frozenset({"code", "title", "department", "reason", "due_on"}),
        in_doubt=Risk.DUPLICATE,
        may_be_switched_off=False,
    ),
    Topic.REFERRAL_ANSWERED: TopicRule(  # to the resident: what the department answered
        plans=_REACH_RESIDENT,
        parameters=frozenset({"code", "title", "department", "reason", "outcome"}),
        in_doubt=Risk.DUPLICATE,
        may_be_switched_off=False,
    ),
    Topic.CAMPAIGN_STAGE: TopicRule(  # to the workers of the area, and at claiming to its members
        plans=_REACH_MEMBER | _INFORM_WORKERS,
        parameters=frozenset({"campaign_name", "area_name", "stage", "until", "released"}),
        topic_class=TopicClass.MARKETING,
        may_wait=True,
    ),
    Topic.ROSTER_DUE: TopicRule(  # to the workers: who on the roster waits for this month's look
        plans=_INFORM_WORKERS,
        parameters=frozenset({"month", "community_name", "people"}),
        worth_saying_for=timedelta(days=14),
    ),
    Topic.FESTIVAL_NEAR: TopicRule(  # to the workers: time to collect for whom the festival is
        plans=_INFORM_WORKERS,
        parameters=frozenset(
            {
                "festival_zh",
                "festival_en",
                "on",
                "audience_zh",
                "audience_en",
                "community_name",
                "people",
            }
        ),
        worth_saying_for=timedelta(days=14),
    ),
    Topic.WAITING_MOVED: TopicRule(  # to the next in line: a place is kept, or there is none any more
        plans=_REACH_MEMBER,
        parameters=frozenset({"title", "wish_code", "how", "until"}),
        in_doubt=Risk.DUPLICATE,
        worth_saying_for=timedelta(days=1),
    ),
    Topic.POOL_MOVED: TopicRule(  # to everybody who pledged: the target is reached, or nothing came of it
        plans=_REACH_MEMBER,
        parameters=frozenset({"title", "wish_code", "how", "target"}),
        in_doubt=Risk.DUPLICATE,
        may_wait=True,
    ),
    Topic.DISPATCH_PROPOSED: TopicRule(  # to the member who is asked
        plans=_REACH_MEMBER,
        parameters=frozenset({"title", "wish_code", "answer_on", "answer_at"}),
        in_doubt=Risk.DUPLICATE,
    ),
    Topic.URGENT_DISPATCH: TopicRule(  # the same for an urgent wish, at any hour and before everything else
        plans=_REACH_MEMBER,
        parameters=frozenset({"title", "wish_code", "answer_on", "answer_at"}),
        topic_class=TopicClass.URGENT,
        in_doubt=Risk.DUPLICATE,
    ),
    Topic.DISPATCH_WITHDRAWN: TopicRule(  # to the member who need not answer any more
        plans=_REACH_MEMBER,
        parameters=frozenset({"title", "wish_code"}),
        worth_saying_for=timedelta(days=1),
    ),
    Topic.DISPATCH_ANSWERED: TopicRule(  # to the worker who dispatched: what came of it
        plans=_INFORM_WORKERS,
        parameters=frozenset({"title", "wish_code", "how", "reason"}),
    ),
    Topic.RECTIFICATION_MOVED: TopicRule(  # to the doer: put it right; to the workers there: please ask
        plans=_REACH_MEMBER | _REACH_UNIT | _INFORM_WORKERS,
        parameters=frozenset({"title", "wish_code", "how", "due_on", "reason"}),
        in_doubt=Risk.DUPLICATE,
        may_be_switched_off=False,
    ),
    Topic.ESCALATION_RAISED: TopicRule(  # to the officers of a street or district, once for each thing
        plans=_INFORM_WORKERS,
        parameters=frozenset({"title", "code", "kind", "waited"}),
        worth_saying_for=timedelta(days=14),
    ),
    Topic.VISIT_MOVED: TopicRule(  # to the visitor: arranged, tomorrow, missed; to the workers there
        plans=_REACH_MEMBER | _INFORM_WORKERS,
        parameters=frozenset({"title", "wish_code", "how", "due_on", "rhythm", "reason"}),
        worth_saying_for=timedelta(days=1),
    ),
    Topic.PROJECT_MOVED: TopicRule(  # to officers and workers whose turn it is, to proposer and units
        plans=_INFORM_WORKERS | _REACH_UNIT,
        parameters=frozenset({"title", "code", "how", "reason"}),
        worth_saying_for=timedelta(days=14),
        may_wait=True,
    ),
    Topic.DAILY_DIGEST: TopicRule(  # to whoever wants one message a day: what came since the last one
        plans={_MEMBER: (EMAIL, SMS), _ACCOUNT: (EMAIL,), _UNIT: (EMAIL,)},
        parameters=frozenset({"day", "number", "titles"}),
        worth_saying_for=timedelta(days=2),
    ),
    Topic.BUDGET_NEAR: TopicRule(  # to the officers of an area: most of its month's money is spent
        plans={_ACCOUNT: (EMAIL,)},
        parameters=frozenset({"month", "percent", "is_exhausted"}),
        worth_saying_for=timedelta(days=7),
        may_be_switched_off=False,
    ),
    Topic.ACCOUNT_STOPPED: TopicRule(  # to the operators: a provider refuses an account
        plans={_ACCOUNT: (EMAIL, SMS)},
        parameters=frozenset({"channel", "provider", "code"}),
        topic_class=TopicClass.URGENT,
        in_doubt=Risk.DUPLICATE,
        worth_saying_for=timedelta(days=1),
        may_be_switched_off=False,
    ),
}
"""Every topic. Source: PRODUCT (who is told what), NOTIFY (classes, risks)."""

SECRET_TOPICS = frozenset(topic for topic, rule in TOPICS.items() if rule.is_secret)
REPEATED_TOPICS = frozenset(topic for topic, rule in TOPICS.items() if rule.in_doubt is Risk.DUPLICATE)


def has_inbox(topic: Topic, kind: RecipientKind) -> bool:
    """Say whether a message of this topic lies in the inbox of this kind of recipient."""
    return kind in KINDS_WITH_INBOX and not TOPICS[topic].is_secret


def is_item(topic: Topic, kind: RecipientKind) -> bool:
    """Say whether a message is an item of the inbox; a digest tells of items that lie there already."""
    return has_inbox(topic, kind) and topic is not Topic.DAILY_DIGEST
