"""What there is to tell, to whom and how urgently; the lives of a message and of its deliveries.

A message is what one person is told about one event. Whoever has an inbox finds it there at once: the message
itself is the item in the inbox. Outside the inbox it goes one way at a time, through the channels of its plan
in order, and at most one delivery of a message is ever accepted. The inbox does not compete with them: it is
the copy that everyone keeps, and becomes the delivery only where no channel outside reaches the person.
"""

from services.notify.domain.attempts import (
    Outcome,
    RetryPolicy,
    Step,
    Verdict,
    concerns_the_account,
    step_after,
)
from services.notify.domain.bursts import (
    BURST_LIFECYCLE,
    HALTED,
    BurstAction,
    BurstState,
    schedule,
)
from services.notify.domain.costs import (
    LARGEST_BUDGET,
    SETTLED_AFTER,
    WARNS_AT,
    Price,
    Prices,
    is_month,
    is_usable_amount,
)
from services.notify.domain.doubts import Hearing, asked_after
from services.notify.domain.lifecycles import (
    DELIVERY_LIFECYCLE,
    MESSAGE_LIFECYCLE,
    REACHED,
    DeliveryAction,
    DeliveryState,
    MessageAction,
    MessageState,
    NoWay,
)
from services.notify.domain.phones import (
    CHINA,
    is_mainland,
    is_phone,
    national,
)
from services.notify.domain.plans import (
    REPEATED_TOPICS,
    SECRET_TOPICS,
    TOPICS,
    has_inbox,
    is_item,
)
from services.notify.domain.quiet import (
    Hours,
    Manners,
)
from services.notify.domain.rates import (
    BEIJING,
    NO_LIMITS,
    Bucket,
    Limits,
    Rate,
    bucket_of,
    day_turns_in,
    vendors_day,
)
from services.notify.domain.recipients import (
    EMAIL,
    INBOX,
    KINDS_WITH_INBOX,
    SMS,
    RecipientKind,
)
from services.notify.domain.short_messages import (
    sms_parts,
)
from services.notify.domain.suppression import (
    UNAVOIDABLE_TOPICS,
    Source,
    asks_to_stop,
    is_unavoidable,
)
from services.notify.domain.topics import (
    Plans,
    Risk,
    Topic,
    TopicClass,
    TopicRule,
)

__all__ = [
    "BEIJING",
    "BURST_LIFECYCLE",
    "CHINA",
    "DELIVERY_LIFECYCLE",
    "EMAIL",
    "HALTED",
    "INBOX",
    "KINDS_WITH_INBOX",
    "LARGEST_BUDGET",
    "MESSAGE_LIFECYCLE",
    "NO_LIMITS",
    "REACHED",
    "REPEATED_TOPICS",
    "SECRET_TOPICS",
    "SETTLED_AFTER",
    "SMS",
    "TOPICS",
    "UNAVOIDABLE_TOPICS",
    "WARNS_AT",
    "Bucket",
    "BurstAction",
    "BurstState",
    "DeliveryAction",
    "DeliveryState",
    "Hearing",
    "Hours",
    "Limits",
    "Manners",
    "MessageAction",
    "MessageState",
    "NoWay",
    "Outcome",
    "Plans",
    "Price",
    "Prices",
    "Rate",
    "RecipientKind",
    "RetryPolicy",
    "Risk",
    "Source",
    "Step",
    "Topic",
    "TopicClass",
    "TopicRule",
    "Verdict",
    "asked_after",
    "asks_to_stop",
    "bucket_of",
    "concerns_the_account",
    "day_turns_in",
    "has_inbox",
    "is_item",
    "is_mainland",
    "is_month",
    "is_phone",
    "is_unavoidable",
    "is_usable_amount",
    "national",
    "schedule",
    "sms_parts",
    "step_after",
    "vendors_day",
]
