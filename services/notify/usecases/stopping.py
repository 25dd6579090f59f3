"""Accounts that their providers refuse: operators hear of each stop once, and it ends by itself.

Nobody has to say that an account is in order again: it is asked every few minutes, and something that went
out after its last rest says it.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import text

from services.chassis.contracts import new_id
from services.chassis.rights import EVERYWHERE, Role
from services.chassis.work import Work
from services.notify.domain import Topic
from services.notify.gate.ways import Ways
from services.notify.usecases.copies import posting
from services.notify.usecases.news import News
from services.notify.usecases.planning import tell
from services.notify.usecases.telling import accounts

LATELY = timedelta(minutes=15)
"""How far back is looked for what an account took: housekeeping looks every few seconds."""


def end_stops(work: Work, carried: Collection[str], now: datetime) -> int:
    """End the stop of each account that took something since its last rest; return how many these are.

    One that is none of the `carried` any more is not tried again, so that nobody would ever say it is well.
    """
    asked = {"carried": sorted(carried), "lately": now - LATELY}
    return len(work.session.execute(_END, asked).all())


_END = text("""
    UPDATE notify.account SET stopped_at = NULL, stop_code = '', told_of_stop_at = NULL
    WHERE stopped_at IS NOT NULL AND (provider <> ALL(CAST(:carried AS text[])) OR EXISTS (
        SELECT FROM notify.attempt
        WHERE attempt.provider = account.provider AND attempt.outcome = 'accepted'
              AND attempt.at >= :lately AND attempt.at >= coalesce(account.rests_until, account.stopped_at)
              AND attempt.code NOT LIKE 'receipt:%' AND attempt.code NOT LIKE 'asked:%'))
    RETURNING provider
""")
"""What was under way when the account was refused was answered before its rest began to end."""


def tell_of_stops(work: Work, ways: Ways, channels: Mapping[str, str], now: datetime) -> int:
    """Tell operators, once, of each account that is refused; return how many accounts these are.

    `channels` names the channel that each provider carries. They are told by one that is not stopped itself.
    """
    stopped = work.session.execute(_UNTOLD, {"providers": sorted(channels), "now": now}).all()
    if not stopped:
        return 0
    operators = work.session.scalars(_OPERATORS, {"operator": posting(Role.OPERATOR, "")}).all()
    working = _working(work, ways, channels)
    for account in stopped:
        words = {"channel": channels[account.provider], "provider": account.provider}
        stop = new_id()
        news = News(Topic.ACCOUNT_STOPPED, stop, stop, EVERYWHERE, words | {"code": account.stop_code})
        tell(work, working, news.notes_to(accounts(operators)), now)
    return len(stopped)


def _working(work: Work, ways: Ways, channels: Mapping[str, str]) -> Ways:
    """Return the ways out that lead anywhere: without channels all of whose accounts are refused."""
    stopped = set(work.session.scalars(_STOPPED))
    carried = {channel for provider, channel in channels.items() if provider not in stopped}
    addresses = {name: kind for name, kind in ways.addresses.items() if name in carried}
    return replace(ways, addresses=addresses, statements={})


_UNTOLD = text("""
    UPDATE notify.account SET told_of_stop_at = :now
    WHERE stopped_at IS NOT NULL AND told_of_stop_at IS NULL AND provider = ANY(:providers)
    RETURNING provider, stop_code
""")

_STOPPED = text("SELECT provider FROM notify.account WHERE stopped_at IS NOT NULL")

_OPERATORS = text("""
    SELECT id FROM notify.recipient
    WHERE kind = 'account' AND is_active
          AND EXISTS (SELECT FROM jsonb_array_elements_text(postings) AS place
                      WHERE starts_with(place, :operator))
    ORDER BY id
""")
"""Wherever they operate: accounts of providers are those of the whole house."""
