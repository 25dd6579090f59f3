"""The housekeeper removes what is old and done with, and nothing that is still needed."""

import msgspec
from sqlalchemy import text

from services.chassis.contracts import new_id
from services.chassis.database import engine_for
from services.chassis.housekeeping import AT_ONCE, Housekeeper
from services.chassis.outstanding import Outstanding
from services.chassis.settings import Settings
from services.chassis.work import Workshop
from tests.support import sample
from tests.support.sample import BelfryService, BellService, BellStruck, StrikeBell, strike

SERVICES = [BellService, BelfryService]


def run(settings: Settings, statement: str, **values: object) -> list[object]:
    """Run a statement; return the first column of its rows, if it has any."""
    with engine_for(settings.database_url).begin() as connection:
        done = connection.execute(text(statement), values)
        return list(done.scalars()) if done.returns_rows else []


def told(
    settings: Settings, age: str, *, sent: bool = True, taken: bool = True, name: str = "bell_struck.v1"
) -> None:
    """Put an event so old into the outbox, and its record into the inbox when it was taken in."""
    values = {"id": new_id(), "name": name, "body": f"{age}, {sent=}, {taken=}", "sent": sent, "age": age}
    run(
        settings,
        "INSERT INTO bell.outbox (event_id, name, body, occurred_at, sent_at) SELECT :id, :name, :body, at,"
        " CASE WHEN :sent THEN at END FROM (SELECT now() - CAST(:age AS interval)) AS aged (at)",
        **values,
    )
    if taken:
        row = "(:id, 'on_bell_struck', now() - CAST(:age AS interval))"
        run(settings, f"INSERT INTO belfry.inbox VALUES {row}", id=values["id"], age=age)


def left(settings: Settings, table: str, column: str) -> list[object]:
    """Return a column of what is left in a table."""
    return run(settings, f"SELECT {column} FROM {table} ORDER BY {column}")


def test_old_events_that_had_their_effect_go_and_all_others_stay(settings: Settings) -> None:
    told(settings, "29 days")
    told(settings, "31 days")
    told(settings, "32 days", taken=False)
    told(settings, "33 days", sent=False, taken=False)
    told(settings, "34 days", sent=False)
    told(settings, "35 days", taken=False, name="heard_by_nobody.v1")
    Housekeeper(settings, SERVICES).tidy()
    assert left(settings, "bell.outbox", "body") == [
        "29 days, sent=True, taken=True",
        "32 days, sent=True, taken=False",
        "33 days, sent=False, taken=False",
        "34 days, sent=False, taken=True",
    ]


def test_an_event_that_waits_or_is_parked_has_left_the_outbox_behind(settings: Settings) -> None:
    told(settings, "31 days", taken=False)
    (event_id,) = left(settings, "bell.outbox", "event_id")
    columns = "(id, handler, event_id, name, body, tries, reason, next_try_at)"
    run(
        settings,
        f"INSERT INTO belfry.setback {columns} VALUES (:id, 'on_bell_struck', :id, 'n', 'b', 5, 'r', NULL)",
        id=event_id,
    )
    Housekeeper(settings, SERVICES).tidy()
    assert left(settings, "bell.outbox", "event_id") == []
    assert left(settings, "belfry.setback", "event_id") == [event_id]


def test_the_record_of_an_effect_stays_longer_than_the_event_could_come_again(settings: Settings) -> None:
    told(settings, "59 days")
    told(settings, "61 days")
    told(settings, "62 days", sent=False)
    Housekeeper(settings, SERVICES).tidy()
    assert left(settings, "bell.outbox", "body") == ["62 days, sent=False, taken=True"]
    ages = left(settings, "belfry.inbox", "extract(day FROM now() - received_at)::int")
    assert ages == [59, 62]


def test_receipts_go_after_a_week(settings: Settings) -> None:
    bell = Workshop(settings, sample.Base.metadata)
    for key in ("old", "young"):
        bell.run(StrikeBell(words=key, key=key), strike)
    run(settings, "UPDATE bell.receipt SET given_at = now() - interval '8 days' WHERE key LIKE '%old'")
    Housekeeper(settings, SERVICES).tidy()
    assert left(settings, "bell.receipt", "key") == ["strike_bell:anyone:young"]


def test_the_settings_say_how_long_things_are_kept(settings: Settings) -> None:
    told(settings, "3 days")
    Housekeeper(msgspec.structs.replace(settings, events_kept_days=4), SERVICES).tidy()
    assert len(left(settings, "bell.outbox", "id")) == 1
    Housekeeper(msgspec.structs.replace(settings, events_kept_days=2), SERVICES).tidy()
    assert left(settings, "bell.outbox", "id") == []


def test_in_a_city_a_confirmed_event_lies_in_durable_queues(settings: Settings) -> None:
    told(settings, "31 days", taken=False)
    told(settings, "31 days", sent=False, taken=False)
    city = msgspec.structs.replace(settings, broker_url="amqp://city")
    Housekeeper(city, [BellService]).tidy()
    assert left(settings, "bell.outbox", "body") == ["31 days, sent=False, taken=False"]


def test_a_great_many_go_a_few_at_a_time(settings: Settings) -> None:
    count = 2 * AT_ONCE + 7
    run(
        settings,
        "INSERT INTO bell.receipt (key, answer, given_at) SELECT n::text, '{}', now() - interval '8 days'"
        " FROM generate_series(1, :count) AS n",
        count=count,
    )
    assert Housekeeper(settings, SERVICES).tidy()["bell.receipt"] == count


def test_what_is_outstanding_is_counted_and_parked_events_are_not(settings: Settings) -> None:
    outstanding = Outstanding(settings, SERVICES)
    assert outstanding.counts() == {"bell.bell_struck.v1": 0}
    assert not outstanding.are_any()
    for taken, sent in ((True, True), (False, True), (False, False)):
        told(settings, "1 day", taken=taken, sent=sent)
    assert outstanding.counts() == {"bell.bell_struck.v1": 2}
    assert outstanding.are_any()
    assert outstanding.send_again() == 1
    belfry = Workshop(settings, sample.CountingBase.metadata)
    for event_id in left(settings, "bell.outbox", "event_id"):
        event = BellStruck(event_id=event_id, strike_id=new_id(), words="x")  # type: ignore[arg-type]
        belfry.once(event, "on_bell_struck", lambda work, event, now: None)
    run(settings, "UPDATE bell.outbox SET sent_at = now()")
    assert not outstanding.are_any()
