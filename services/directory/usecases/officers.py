"""Units' officers, whose rights follow their unit through the tree."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from services.chassis.work import Work
from services.directory.models import Account
from services.directory.queries.accounts import account_copies
from services.directory.usecases.announcing import announce_accounts
from services.directory.usecases.ending_sessions import end_sessions_of_accounts


def move_officers(work: Work, unit_ids: Sequence[UUID], now: datetime) -> None:
    """Tell of the officers of units that were moved: their place is another now, and they sign in again."""
    if not unit_ids:
        return
    of_these = Account.unit_id.in_(unit_ids)
    raised = update(Account).where(of_these).values(version=Account.version + 1)
    work.session.execute(raised, execution_options={"synchronize_session": False})
    anew = select(Account).where(of_these).execution_options(populate_existing=True)
    officers = list(work.session.scalars(anew))
    announce_accounts(work, account_copies(work.session, officers))
    end_sessions_of_accounts(work, [officer.id for officer in officers], now)
