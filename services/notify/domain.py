"""What there is to tell, to whom and how urgently; the lives of a message and of its deliveries.

A message is what one person is told about one event. Whoever has an inbox finds it there at once: the message
itself is the item in the inbox. Outside the inbox it goes one way at a time, through the channels of its plan
in order, and at most one delivery of a message is ever accepted. The inbox does not compete with them: it is
the copy that everyone keeps, and becomes the delivery only where no channel outside reaches the person.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.chassis.lifecycle import Lifecycle

SMS = "sms"
EMAIL = "email"
INBOX = "inbox"


class RecipientKind(StrEnum):
    """Who can be told something."""

    MEMBER = "member"
    RESIDENT = "resident"
    ACCOUNT = "account"  # a worker or officer
    UNIT = "unit"


KINDS_WITH_INBOX = frozenset({RecipientKind.MEMBER, RecipientKind.ACCOUNT, RecipientKind.UNIT})
"""Residents have no account, so their only way is the phone; a unit's inbox is read by its officer."""


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
    DUPLICATE = "duplicate"  # send it again: not hearing it would be worse


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
    is_secret: bool = False  # never in an inbox, and erased when its time is over


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
    ),
    Topic.FIGURES_AWAITED: TopicRule(  # to who signs figures there: a period is over and not signed
        plans={_ACCOUNT: (EMAIL,)},
        parameters=frozenset({"period", "period_kind", "area_name"}),
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
        plans=_REACH_MEMBER | _INFORM_WORKERS,
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
    ),
}
"""Every topic. Source: PRODUCT (who is told what), NOTIFY (classes, risks)."""

SECRET_TOPICS = frozenset(topic for topic, rule in TOPICS.items() if rule.is_secret)
REPEATED_TOPICS = frozenset(topic for topic, rule in TOPICS.items() if rule.in_doubt is Risk.DUPLICATE)


def has_inbox(topic: Topic, kind: RecipientKind) -> bool:
    """Say whether a message of this topic lies in the inbox of this kind of recipient."""
    return kind in KINDS_WITH_INBOX and not TOPICS[topic].is_secret


# -- the life of a message


class MessageState(StrEnum):
    """How far a message has come; once it is planned, its deliveries tell the rest."""

    WAITING = (
        "waiting"  # its recipient is not known here yet; the copy that arrives plans it, or time ends it
    )
    PLANNED = "planned"  # there is a delivery; final here, the delivery goes on
    UNREACHABLE = "unreachable"  # no channel leads to this recipient, `reason` says why; final
    EXPIRED = "expired"  # the recipient stayed unknown until it was no longer worth saying; final


class MessageAction(StrEnum):
    """What can happen to a message."""

    PLAN = "plan"
    FIND_NO_WAY = "find_no_way"
    EXPIRE = "expire"


MESSAGE_LIFECYCLE = Lifecycle(
    {
        (MessageState.WAITING, MessageAction.PLAN): MessageState.PLANNED,
        (MessageState.WAITING, MessageAction.FIND_NO_WAY): MessageState.UNREACHABLE,
        (MessageState.WAITING, MessageAction.EXPIRE): MessageState.EXPIRED,
    },
    starts=MessageState.WAITING,
)


class NoWay(StrEnum):
    """Why nobody could be told."""

    LEFT = "left"  # the recipient is not active any more
    NO_ADDRESS = "no_address"  # a channel exists, an address does not
    NO_CHANNEL = "no_channel"  # none of the channels of the plan is set up


# -- the life of a delivery


class DeliveryState(StrEnum):
    """Where one way of one message stands."""

    PLANNED = "planned"  # the sender takes it when its time comes; its expiry ends it otherwise
    SENDING = "sending"  # leased to a sender; a lease that runs out makes it ambiguous
    ACCEPTED = "accepted"  # the channel took it; a receipt may move it on, none has to
    DELIVERED = "delivered"  # it arrived, or lies in the inbox; final
    REFUSED = "refused"  # a permanent no; the next channel of the plan follows, an operator may retry
    FAILED = "failed"  # tried again at its time; without one it is given up as above
    AMBIGUOUS = "ambiguous"  # it went out and nobody knows; asked for, repeated or left, as its topic says
    SUPPRESSED = "suppressed"  # the recipient does not want it; final
    EXPIRED = "expired"  # nobody sent it in time; final


class DeliveryAction(StrEnum):
    """What can happen to a delivery."""

    TAKE = "take"
    ACCEPT = "accept"
    DELIVER = "deliver"
    REFUSE = "refuse"
    FAIL = "fail"
    POSTPONE = "postpone"
    LOSE_TRACK = "lose_track"
    RESEND = "resend"
    RETRY = "retry"
    SUPPRESS = "suppress"
    EXPIRE = "expire"


_S, _A = DeliveryState, DeliveryAction

DELIVERY_LIFECYCLE = Lifecycle(
    {
        (_S.PLANNED, _A.TAKE): _S.SENDING,
        (_S.FAILED, _A.TAKE): _S.SENDING,
        (_S.SENDING, _A.ACCEPT): _S.ACCEPTED,
        (_S.SENDING, _A.DELIVER): _S.DELIVERED,
        (_S.SENDING, _A.REFUSE): _S.REFUSED,
        (_S.SENDING, _A.FAIL): _S.FAILED,
        (_S.SENDING, _A.POSTPONE): _S.PLANNED,
        (_S.SENDING, _A.LOSE_TRACK): _S.AMBIGUOUS,
        (_S.ACCEPTED, _A.DELIVER): _S.DELIVERED,
        (_S.ACCEPTED, _A.REFUSE): _S.REFUSED,
        (_S.AMBIGUOUS, _A.ACCEPT): _S.ACCEPTED,
        (_S.AMBIGUOUS, _A.DELIVER): _S.DELIVERED,
        (_S.AMBIGUOUS, _A.REFUSE): _S.REFUSED,
        (_S.AMBIGUOUS, _A.RESEND): _S.PLANNED,
        (_S.FAILED, _A.RETRY): _S.PLANNED,
        (_S.REFUSED, _A.RETRY): _S.PLANNED,
        (_S.PLANNED, _A.SUPPRESS): _S.SUPPRESSED,
        (_S.FAILED, _A.SUPPRESS): _S.SUPPRESSED,
        (_S.PLANNED, _A.EXPIRE): _S.EXPIRED,
        (_S.FAILED, _A.EXPIRE): _S.EXPIRED,
    },
    starts=DeliveryState.PLANNED,
)

REACHED = frozenset({DeliveryState.ACCEPTED, DeliveryState.DELIVERED})
"""A message has at most one delivery in these states; the database holds it to that."""


# -- what a channel says of an attempt, and what follows from it


class Verdict(StrEnum):
    """The classes into which every answer of every provider falls (NOTIFY 3)."""

    ACCEPTED = "accepted"
    RETRY = "retry"  # it did not go out; later it may
    PERMANENT = "permanent"  # it never will, to this address or in these words
    WAIT = "wait"  # the provider asks for patience; that is no failure
    STOP = "stop"  # the account itself is refused: nothing more goes out until somebody looks
    AMBIGUOUS = "ambiguous"  # it went out, and no answer came
    OPTED_OUT = "opted_out"  # the recipient told the provider to leave them alone: no, for good


@dataclass(frozen=True)
class Outcome:
    """What came of one delivery: `code` is the provider's, never its text, which may quote an address."""

    verdict: Verdict
    code: str
    reference: str = ""  # by which the provider knows it
    after: timedelta | None = None  # for WAIT and STOP: how long


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How often and after how long a delivery is tried again."""

    tries: int = 6
    delays: tuple[timedelta, ...] = tuple(
        timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 14400)
    )
    pause: timedelta = timedelta(minutes=5)  # after STOP, or WAIT without a time
    doubt: timedelta = timedelta(minutes=5)  # before an ambiguous delivery is repeated, where it is

    def delay_after(self, failures: int, jitter: float) -> timedelta:
        """Return the delay after so many failures, stretched by up to a fifth; `jitter` lies in [0, 1)."""
        return self.delays[min(failures, len(self.delays)) - 1] * (1 + jitter / 5)

    def doubt_of(self, topic: Topic) -> timedelta | None:
        """Return after how long an ambiguous delivery of `topic` is repeated, or None for never."""
        rule = TOPICS[topic]
        if rule.in_doubt is Risk.SILENCE:
            return None
        return min(self.doubt, timedelta(seconds=20)) if rule.topic_class is TopicClass.URGENT else self.doubt


@dataclass(frozen=True)
class Step:
    """What becomes of a delivery: the action, and when it is looked at again (None: not by itself)."""

    action: DeliveryAction
    due_at: datetime | None = None
    is_failure: bool = field(default=False)


_FOR_GOOD = {
    Verdict.ACCEPTED: Step(DeliveryAction.ACCEPT),
    Verdict.PERMANENT: Step(DeliveryAction.REFUSE),
    Verdict.OPTED_OUT: Step(DeliveryAction.REFUSE),
}


def step_after(
    outcome: Outcome,
    topic: Topic,
    *,
    failures: int,
    now: datetime,
    expires_at: datetime,
    policy: RetryPolicy,
    jitter: float,
) -> Step:
    """Return what follows from `outcome` for a delivery that had failed `failures` times before.

    A next try that would come too late is none: the delivery is given up, so that another channel can follow.
    """
    if outcome.verdict in _FOR_GOOD:
        return _FOR_GOOD[outcome.verdict]
    if outcome.verdict is Verdict.AMBIGUOUS:
        doubt = policy.doubt_of(topic)
        return Step(DeliveryAction.LOSE_TRACK, now + doubt if doubt else None)
    if outcome.verdict is Verdict.RETRY:
        due_at = now + policy.delay_after(failures + 1, jitter)
        is_over = failures + 1 >= policy.tries or due_at >= expires_at
        return Step(DeliveryAction.FAIL, None if is_over else due_at, is_failure=True)
    due_at = now + (outcome.after or policy.pause)
    if due_at >= expires_at:
        return Step(DeliveryAction.FAIL, None, is_failure=True)
    return Step(DeliveryAction.POSTPONE, due_at)


# -- short messages

_GSM = re.compile(r"[\n\r !\"#$%&'()*+,\-./0-9:;<=>?@A-Z_a-z£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà]*")


def sms_parts(text: str) -> int:
    """Return of how many parts an SMS consists: 70 characters or 67 each; 160 or 153 in the GSM alphabet."""
    single, part = (160, 153) if _GSM.fullmatch(text) else (70, 67)
    length = len(text.encode("utf-16-le")) // 2
    return 1 if length <= single else -(-length // part)
