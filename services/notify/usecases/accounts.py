"""Accounts of providers as all processes share them: how much may go out now, and until when they rest."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from services.notify.domain import Bucket
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


def take_turn(
    connection: Connection, account: str, bucket: Bucket, number: float, within: float, now: datetime
) -> tuple[float, bool]:
    """Take so many tokens of an account; return in how many seconds they are there, and whether it took them.

    Whoever would wait longer than `within` seconds, or for an account that rests, took nothing. Turns are
    given in the order in which they are asked for, each as early as the bucket allows.
    """
    asked: dict[str, Any] = {"provider": account, "number": number, "within": within, "now": now}
    asked |= {"capacity": bucket.capacity, "refill": bucket.refill}
    row = connection.execute(_TAKE_TURN, asked).first()
    if row is None:
        open_accounts(connection, [account])
        row = connection.execute(_TAKE_TURN, asked).one()
    return float(row.waits), bool(row.is_taken)


_TAKE_TURN = text("""
    UPDATE notify.account
    SET tokens = filled - CASE WHEN rests <= 0 AND lacks <= :within THEN CAST(:number AS float) ELSE 0 END,
        refilled_at = at
    FROM (SELECT provider AS name, at, filled, rests,
                 greatest(0, (CAST(:number AS float) - filled) / CAST(:refill AS float)) AS lacks
          FROM (SELECT provider, clock_timestamp() AS at,
                       coalesce(extract(epoch FROM rests_until - CAST(:now AS timestamptz)), 0) AS rests,
                       least(CAST(:capacity AS float), tokens + CAST(:refill AS float)
                             * extract(epoch FROM clock_timestamp() - refilled_at)) AS filled
                FROM notify.account WHERE provider = :provider FOR UPDATE) AS locked) AS bucket
    WHERE provider = name
    RETURNING greatest(lacks, rests) AS waits, rests <= 0 AND lacks <= :within AS is_taken
""")


def take_of_day(connection: Connection, provider: str, day: date, number: int, a_day: int) -> int:
    """Count so many messages into a day of the vendor, or as many as it has room for; return how many."""
    asked = {"provider": provider, "day": day, "number": number, "a_day": a_day}
    return int(connection.execute(_TAKE_OF_DAY, asked).scalar_one())


_TAKE_OF_DAY = text("""
    UPDATE notify.account SET day = :day, sent_that_day = sent + room
    FROM (SELECT provider AS name, sent, greatest(0, least(CAST(:number AS int), :a_day - sent)) AS room
          FROM (SELECT provider, CASE WHEN day = :day THEN sent_that_day ELSE 0 END AS sent
                FROM notify.account WHERE provider = :provider FOR UPDATE) AS locked) AS that_day
    WHERE provider = name
    RETURNING room
""")


def give_back_of_day(connection: Connection, provider: str, day: date, number: int) -> None:
    """Count so many messages into a day of the vendor no more; what was counted into another day stays."""
    connection.execute(_GIVE_BACK_OF_DAY, {"provider": provider, "day": day, "number": number})


_GIVE_BACK_OF_DAY = text("""
    UPDATE notify.account SET sent_that_day = greatest(0, sent_that_day - :number)
    WHERE provider = :provider AND day = :day
""")


def take_turn_of_each(
    connection: Connection, provider: str, bucket: Bucket, indices: Collection[str]
) -> frozenset[str]:
    """Take a turn for each address, by its blind index, that has one; return which these are."""
    asked: dict[str, Any] = {"provider": provider, "indices": sorted(indices)}
    asked |= {"capacity": bucket.capacity, "refill": bucket.refill}
    return frozenset(connection.execute(_TAKE_TURN_OF_EACH, asked).scalars())


_FILLED = """
    least(CAST(:capacity AS float), turn.tokens + CAST(:refill AS float)
          * extract(epoch FROM clock_timestamp() - turn.refilled_at))
"""
_TAKE_TURN_OF_EACH = text(f"""
    INSERT INTO notify.turn (provider, address_index, tokens, refilled_at)
    SELECT :provider, asked, CAST(:capacity AS float) - 1, clock_timestamp()
    FROM unnest(CAST(:indices AS text[])) AS asked ORDER BY asked
    ON CONFLICT (provider, address_index)
    DO UPDATE SET tokens = {_FILLED} - 1, refilled_at = clock_timestamp() WHERE {_FILLED} >= 1
    RETURNING address_index
""")  # noqa: S608 - our own words


def forget_turns(connection: Connection) -> None:
    """Forget whom nobody told anything for a while: their buckets are full again."""
    connection.execute(_FORGET_TURNS)


_FORGET_TURNS = text("DELETE FROM notify.turn WHERE refilled_at < now() - interval '10 minutes'")
