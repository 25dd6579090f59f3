"""Accounts of providers as all processes share them: how much may go out now, and until when they rest."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from services.notify.models import Account
from services.notify.usecases.attempts import LONGEST_CODE


def open_accounts(connection: Connection, providers: Iterable[str]) -> None:
    """See to it that every provider has its row."""
    rows = [{"provider": provider, "tokens": 0.0} for provider in sorted(set(providers))]
    if rows:
        connection.execute(insert(Account).on_conflict_do_nothing(), rows)


def let_rest(connection: Connection, provider: str, until: datetime, now: datetime) -> None:
    """Let an account rest, in every process: it was told to be patient, or refused.

    It rests since its first rest, where one followed the other and nothing was taken in between.
    """
    asked = {"provider": provider, "until": until, "now": now, "lately": now - FOLLOWS_WITHIN}
    connection.execute(_REST, asked)


def wake(connection: Connection, provider: str, now: datetime) -> None:
    """Note that an account takes something again, after its rest."""
    connection.execute(_WAKE, {"provider": provider, "now": now})


FOLLOWS_WITHIN = timedelta(minutes=1)

_REST = text("""
    UPDATE notify.account
    SET rests_until = greatest(rests_until, :until),
        rests_since = CASE WHEN rests_until >= :lately THEN coalesce(rests_since, :now) ELSE :now END
    WHERE provider = :provider
""")

_WAKE = text("""
    UPDATE notify.account SET rests_since = NULL
    WHERE provider = :provider AND rests_since IS NOT NULL AND rests_until <= :now
""")


def stop(connection: Connection, provider: str, code: str, now: datetime) -> None:
    """Note that a provider refuses an account, and with which code; it stays so until something goes out."""
    said = {"provider": provider, "code": code[:LONGEST_CODE], "now": now}
    connection.execute(_STOP, said)


_STOP = text("""
    UPDATE notify.account SET stopped_at = coalesce(stopped_at, :now), stop_code = :code
    WHERE provider = :provider
""")


def charge(connection: Connection, provider: str, parts: float) -> None:
    """Take what a batch needed beyond what was reckoned with, or give it back; a bucket may be in debt."""
    connection.execute(_CHARGE, {"provider": provider, "parts": parts})


_CHARGE = text("UPDATE notify.account SET tokens = tokens - :parts WHERE provider = :provider")
