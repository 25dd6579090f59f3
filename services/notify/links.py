"""Links that stand in mails."""

from services.chassis.sealing import Seals
from services.notify.channels import AddressKind, Channel
from services.notify.domain import TOPICS
from services.notify.usecases import Loan
from services.notify.usecases.letter_tokens import token_of


def link_to_stop(loan: Loan, channel: Channel, site: str, seals: Seals) -> str:
    """Return where whoever holds a mail asks for no more of them; nothing where it is owed to them."""
    if channel.address is not AddressKind.EMAIL or not TOPICS[loan.topic].may_be_switched_off:
        return ""
    return f"{site}/unsubscribe/{token_of(seals, loan.delivery_id)}"
