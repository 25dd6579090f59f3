"""Links and addresses that stand in mails."""

from services.chassis.sealing import Seals
from services.notify.channels import AddressKind, Channel
from services.notify.domain import is_unavoidable
from services.notify.usecases import Loan
from services.notify.usecases.letter_tokens import return_token_of, token_of


def link_to_stop(loan: Loan, channel: Channel, site: str, seals: Seals) -> str:
    """Return where whoever holds a mail asks for no more of them; nothing where it comes all the same."""
    if channel.address is not AddressKind.EMAIL or is_unavoidable(loan.topic):
        return ""
    return f"{site}/unsubscribe/{token_of(seals, loan.delivery_id)}"


def return_token(loan: Loan, channel: Channel, seals: Seals) -> str:
    """Return what names this try of a mail in its return address, and nobody else can write."""
    is_mail = channel.address is AddressKind.EMAIL
    return return_token_of(seals, loan.delivery_id, loan.attempt) if is_mail else ""
