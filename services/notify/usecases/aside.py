"""What lies aside until housekeeping takes it up: hardly ever anything, which one look tells."""

from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.notify.domain import MessageState
from services.notify.models import Account, EarlyReceipt, Message, Recipient
from services.notify.usecases.indexing import LACKS_INDEX

_ASIDE = select(
    exists().where(EarlyReceipt.provider.is_not(None)).label("early_receipts"),
    exists().where(LACKS_INDEX, Recipient.id.is_not(None)).label("not_indexed"),
    exists().where(Message.state == MessageState.GATHERED).label("gathered"),
    exists().where(Account.stopped_at.is_not(None)).label("stopped_accounts"),
)


def what_lies_aside(session: Session) -> Any:
    """Return whether there is any of it, by the names of the columns."""
    return session.execute(_ASIDE).one()
