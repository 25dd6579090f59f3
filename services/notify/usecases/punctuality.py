"""The receipts of a provider as the tables see them: which were due for the first time, and came or not."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.notify.domain import DeliveryState, Verdict
from services.notify.domain.punctuality import WINDOW, Punctuality

MOST = 1000
"""Messages of the stretch that are looked at; a burst has more, and they tell no more."""


ENDED = f"{DeliveryState.DELIVERED},{DeliveryState.REFUSED}"


def punctuality_of(session: Session, provider: str, receipt: timedelta, now: datetime) -> Punctuality:
    """Return how a provider did with what it accepted so long ago that its receipts are due by now.

    Whatever was asked about, once or for hours, was late once. What was accepted before a provider came back
    from its last rest tells nothing any more.
    """
    asked = {"provider": provider, "ends": now - receipt, "begins": now - receipt - WINDOW, "most": MOST}
    return Punctuality(*session.execute(_COUNT, asked).one())


_COUNT = text(f"""
    WITH accepted AS MATERIALIZED (
        SELECT delivery_id FROM notify.attempt
        WHERE at <= :ends
              AND at > (SELECT coalesce(max(greatest(judged_since, :begins)), :begins)
                        FROM notify.account WHERE provider = :provider)
              AND provider = :provider AND outcome = '{Verdict.ACCEPTED}'
              AND code NOT LIKE 'receipt:%' AND code NOT LIKE 'asked:%'
    ), looked_at AS (
        SELECT delivery_id FROM accepted LIMIT :most
    )
    SELECT count(*), count(*) FILTER (WHERE asks > 0 OR state <> ALL('{{{ENDED}}}'))
    FROM looked_at JOIN notify.delivery ON delivery.id = delivery_id AND delivery.provider = :provider
""")  # noqa: S608 - the states are our own


def let_slow_rest(session: Session, provider: str, until: datetime, now: datetime) -> bool:
    """Let a provider rest in every process, and judge it anew afterwards; say whether it did not rest yet."""
    asked = {"provider": provider, "until": until, "now": now}
    return session.execute(_REST, asked).first() is not None


_REST = text("""
    UPDATE notify.account SET rests_until = :until, rests_since = :now, judged_since = :until
    WHERE provider = :provider AND coalesce(rests_until <= :now, true)
    RETURNING provider
""")
