"""What is done all day long with deliveries finds them by key, however many were told before."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text

from services.chassis import clock
from services.chassis.contracts import new_id
from services.chassis.migrations import metadata_of
from services.chassis.rights import Actor, Grant, Role
from services.chassis.work import Workshop
from services.notify import queries, usecases
from services.notify.channels.asking import Known
from services.notify.channels.receipts import Receipt
from services.notify.contracts import CountOutcomes, ListDeliveries
from services.notify.domain import Outcome, Price, Prices, RetryPolicy, Verdict
from services.notify.models import Base, Delivery
from services.notify.queries.outcomes import count_outcomes
from services.notify.queries.standing import last_codes
from services.notify.usecases import Result, lend, record, settle_early
from services.notify.usecases.bursts import let_go
from services.notify.usecases.calls import begin_call
from services.notify.usecases.receipts import apply
from tests.support.database import fresh_database, settings_for
from tests.support.notify import House
from tests.support.notify_gate import BOTH
from tests.support.notify_sending import known, remind
from tests.support.plans import indexes_used, tables_read_whole

LARGE = {"message", "delivery", "attempt", "recipient"}
PRICES = Prices({"sms": Price(per_part=Decimal("0.045"))})
LEASE = timedelta(minutes=2)
OFFICER = Actor(account_id=new_id(), grants=(Grant(Role.OFFICER, "/zk/ch/s7/c3/"),))

FILL = (
    """
    INSERT INTO notify.recipient
        (id, kind, name, phone, phone_index, language, area_path, postings, is_active, version)
    SELECT gen_random_uuid(), 'member', '', 'k', n, 'zh', '/zk/ch/s' || n % 40 || '/', '[]', true, 1
    FROM generate_series(1, 20000) AS n
    """,
    """
    INSERT INTO notify.message (id, occasion, recipient_id, recipient_kind, topic, subject_id, area_path,
        parameters, wording, state, in_inbox, created_at, expires_at)
    SELECT gen_random_uuid(), gen_random_uuid(), recipient.id, 'member', 'claim_due_soon', gen_random_uuid(),
           recipient.area_path || 'c' || n || '/', '', '', 'planned', true,
           timestamptz '2026-10-01' + n * interval '2 days', timestamptz '2026-12-01'
    FROM notify.recipient, generate_series(1, 10) AS n
    """,
    """
    INSERT INTO notify.delivery (id, message_id, channel, position, lane, state, tries, failures, expires_at,
        provider, reference)
    SELECT gen_random_uuid(), id, 'sms', 0, 1, 'delivered', 1, 0, expires_at, 'sms', gen_random_uuid()
    FROM notify.message
    """,
    """
    INSERT INTO notify.attempt (id, delivery_id, at, provider, outcome, code, reference, parts)
    SELECT gen_random_uuid(), delivery.id, created_at, 'sms', 'accepted', 'ok', '', 1
    FROM notify.delivery JOIN notify.message ON message.id = message_id ORDER BY created_at
    """,
    "INSERT INTO notify.account (provider, tokens) VALUES ('sms', 0)",
    "ANALYZE notify.recipient, notify.message, notify.delivery, notify.attempt",
)


@pytest.fixture(scope="module")
def filled(database_server_url: str) -> Iterator[House]:
    """Notify with 200,000 messages in its tables, each delivered long ago."""
    with fresh_database(database_server_url) as url:
        house = House(Workshop(settings_for(url), metadata_of("notify")), BOTH)
        house.ways = usecases.Ways(BOTH, {}, house.ways.versions, prices=PRICES)
        with house.workshop.engine.begin() as connection:
            for statement in FILL:
                connection.execute(text(statement))
        yield house


def reads(house: House, act: Callable[[], object]) -> set[str]:
    return tables_read_whole(house.workshop.engine, Base.metadata.schema or "notify", act) & LARGE


def sends(house: House) -> None:
    """Tell somebody something, up to the receipt, which counts other parts."""
    remind(house, known(house))
    terms: dict[str, Any] = {"channel": "sms", "provider": "sms", "lanes": (0, 2), "most": 200}
    with house.workshop.open() as work:
        loans = lend(work.session.connection(), **terms, lease=LEASE, now=clock.now()).loans
    assert len(loans) == 1
    call, (loan,) = new_id(), loans
    with house.workshop.open() as work:
        assert begin_call(work.session.connection(), call, loans)
    result = Result(loan, Outcome(Verdict.ACCEPTED, "ok", "sid-1"), clock.now(), 1, call)
    with house.workshop.open() as work:
        record(work.session, house.ways, RetryPolicy(), [result], clock.now(), 0.5)
    with house.workshop.open() as work:
        arrived = Receipt(Known.ARRIVED, "13800138000", reference="sid-1", parts=2)
        apply(work, house.ways, "sms", [arrived], clock.now())
        delivery = work.session.scalars(select(Delivery.state).where(Delivery.id == loan.delivery_id)).one()
    assert delivery == "delivered"


def test_a_message_is_told_lent_called_recorded_and_its_receipt_taken_by_key(filled: House) -> None:
    assert reads(filled, lambda: sends(filled)) == set()


def test_keeping_house_costs_no_more_than_there_is_to_do(filled: House) -> None:
    def settle() -> None:
        with filled.workshop.open() as work:
            settle_early(work, filled.ways, LEASE, clock.now())
            usecases.end_stops(work, {"sms"}, clock.now())
            let_go(work.session, clock.now(), 10_000)

    assert reads(filled, filled.keep) == set()
    assert reads(filled, settle) == set()


def test_what_was_told_about_a_thing_is_found_by_it(filled: House) -> None:
    wish = new_id()
    listed, counted = ListDeliveries(by=OFFICER, subject_id=wish), CountOutcomes(by=OFFICER, subject_id=wish)
    listing = partial(filled.workshop.read, listed, queries.list_deliveries)
    counting = partial(filled.workshop.read, counted, count_outcomes)

    assert reads(filled, listing) | reads(filled, counting) == set()


def test_an_officer_leafs_through_the_messages_of_the_area_only(filled: House) -> None:
    listing = partial(filled.workshop.read, ListDeliveries(by=OFFICER), queries.list_deliveries)

    assert reads(filled, listing) == set()
    assert "ix_message_area_path" in indexes_used(filled.workshop.engine, "notify", listing)


def test_the_last_words_of_providers_are_those_of_the_hour(filled: House) -> None:
    def look() -> None:
        with filled.workshop.open() as work:
            last_codes(work.session, clock.now())

    assert reads(filled, look) == set()
