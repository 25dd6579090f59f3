"""The lives of a message and of its deliveries."""

from enum import StrEnum

from services.chassis.lifecycle import Lifecycle

# -- the life of a message


class MessageState(StrEnum):
    """How far a message has come; once it is planned, its deliveries tell the rest."""

    WAITING = (
        "waiting"  # its recipient is not known here yet; the copy that arrives plans it, or time ends it
    )
    PLANNED = "planned"  # there is a delivery; final here, the delivery goes on
    UNREACHABLE = "unreachable"  # no channel leads to this recipient, `reason` says why; final
    EXPIRED = "expired"  # the recipient stayed unknown until it was no longer worth saying; final
    GATHERED = "gathered"  # its recipient wants one message a day; housekeeping merges it at the hour
    MERGED = "merged"  # told in the digest of the day, whose deliveries tell the rest; final


class MessageAction(StrEnum):
    """What can happen to a message."""

    PLAN = "plan"
    FIND_NO_WAY = "find_no_way"
    EXPIRE = "expire"
    GATHER = "gather"
    MERGE = "merge"


MESSAGE_LIFECYCLE = Lifecycle(
    {
        (MessageState.WAITING, MessageAction.PLAN): MessageState.PLANNED,
        (MessageState.WAITING, MessageAction.FIND_NO_WAY): MessageState.UNREACHABLE,
        (MessageState.WAITING, MessageAction.EXPIRE): MessageState.EXPIRED,
        (MessageState.WAITING, MessageAction.GATHER): MessageState.GATHERED,
        (MessageState.GATHERED, MessageAction.MERGE): MessageState.MERGED,
        (MessageState.GATHERED, MessageAction.FIND_NO_WAY): MessageState.UNREACHABLE,
        (MessageState.GATHERED, MessageAction.EXPIRE): MessageState.EXPIRED,
    },
    starts=MessageState.WAITING,
)


class NoWay(StrEnum):
    """Why nobody could be told."""

    LEFT = "left"  # the recipient is not active any more
    NO_ADDRESS = "no_address"  # a channel exists, an address does not
    NO_CHANNEL = "no_channel"  # none of the channels of the plan is set up
    SWITCHED_OFF = "switched_off"  # the recipient switched off every channel that leads there
    SUPPRESSED = "suppressed"  # the address wants to be left alone


# -- the life of a delivery


class DeliveryState(StrEnum):
    """Where one way of one message stands."""

    PLANNED = "planned"  # the sender takes it when its time comes; its expiry ends it otherwise
    SENDING = "sending"  # leased to a sender; a lease that runs out makes it ambiguous
    ACCEPTED = "accepted"  # the channel took it; a receipt may move it on, none has to
    DELIVERED = "delivered"  # it arrived, or lies in the inbox; final
    REFUSED = "refused"  # a permanent no; the next channel of the plan follows, an operator may retry
    FAILED = "failed"  # tried again at its time; without one it is given up as above
    AMBIGUOUS = "ambiguous"  # it went out and nobody knows yet; its provider is asked, and its time ends it
    UNKNOWN = "unknown"  # nobody will know; final, though a late receipt is believed; see Risk for the next
    SUPPRESSED = "suppressed"  # the recipient does not want it this way; the next channel follows; final
    EXPIRED = "expired"  # nobody sent it in time, its channel was closed, or it would ring too late; final


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
    WRITE_OFF = "write_off"
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
        (_S.AMBIGUOUS, _A.WRITE_OFF): _S.UNKNOWN,
        (_S.UNKNOWN, _A.ACCEPT): _S.ACCEPTED,
        (_S.UNKNOWN, _A.DELIVER): _S.DELIVERED,
        (_S.UNKNOWN, _A.REFUSE): _S.REFUSED,
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
