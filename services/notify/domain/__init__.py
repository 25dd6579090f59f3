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
    step_after,
)
from services.notify.domain.bursts import (
    ALWAYS,
    BURST_LIFECYCLE,
    BY_DAY,
    BurstAction,
    BurstState,
    schedule,
)
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
from services.notify.domain.plans import (
    REPEATED_TOPICS,
    SECRET_TOPICS,
    TOPICS,
    has_inbox,
)
from services.notify.domain.rates import (
    Rate,
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
from services.notify.domain.topics import (
    Plans,
    Risk,
    Topic,
    TopicClass,
    TopicRule,
)

__all__ = [
    "ALWAYS",
    "BURST_LIFECYCLE",
    "BY_DAY",
    "DELIVERY_LIFECYCLE",
    "EMAIL",
    "INBOX",
    "KINDS_WITH_INBOX",
    "MESSAGE_LIFECYCLE",
    "REACHED",
    "REPEATED_TOPICS",
    "SECRET_TOPICS",
    "SMS",
    "TOPICS",
    "BurstAction",
    "BurstState",
    "DeliveryAction",
    "DeliveryState",
    "MessageAction",
    "MessageState",
    "NoWay",
    "Outcome",
    "Plans",
    "Rate",
    "RecipientKind",
    "RetryPolicy",
    "Risk",
    "Step",
    "Topic",
    "TopicClass",
    "TopicRule",
    "Verdict",
    "has_inbox",
    "schedule",
    "sms_parts",
    "step_after",
]
