"""The audit chain: every look stands in it, however many look at once, and nothing is changed unseen."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from sqlalchemy import text

from services.chassis.audit import first_broken_link, head_of_chain
from services.chassis.contracts import Done
from services.chassis.rights import ANYONE, EVERYWHERE, Actor, Grant, Role
from services.chassis.work import Workshop
from tests.support import sample
from tests.support.sample import ShowRope, show_rope
from tests.support.together import all_at_once, slowly

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
RINGER = Actor(account_id=uuid4())


@pytest.fixture
def chain(bell: Workshop) -> Callable[[], int | None]:
    """Record twenty looks from five sides at once; return how to ask for the first broken link."""
    looks = [
        lambda number=number: bell.run(ShowRope(rope=str(number), by=RINGER), slowly(show_rope))
        for number in range(20)
    ]
    assert all_at_once(*looks) == [Done()] * 20

    def broken() -> int | None:
        with bell.engine.connect() as connection:
            return first_broken_link(connection, sample.Base.metadata, bell.seals)

    return broken


def test_looks_recorded_at_the_same_moment_make_one_chain(
    chain: Callable[[], int | None], bell: Workshop
) -> None:
    assert chain() is None
    with bell.engine.connect() as connection:
        head = head_of_chain(connection, sample.Base.metadata)
    assert head is not None
    assert head[0] == 20


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("UPDATE bell.audit SET subject = 'another' WHERE id = 7", 7),
        ("UPDATE bell.audit SET actor = 'nobody' WHERE id = 1", 1),
        ("UPDATE bell.audit SET at = at + interval '1 second' WHERE id = 20", 20),
        ("DELETE FROM bell.audit WHERE id = 12", 12),
        ("DELETE FROM bell.audit WHERE id = 1", 1),
        ("UPDATE bell.audit SET link = repeat('0', 64) WHERE id = 3", 3),
    ],
)
def test_an_entry_that_was_changed_or_taken_out_is_found(
    chain: Callable[[], int | None], bell: Workshop, tampering: str, broken: int
) -> None:
    with bell.engine.begin() as connection:
        connection.execute(text(tampering))
    assert chain() == broken


def test_entries_cut_off_at_the_end_show_at_the_head(chain: Callable[[], int | None], bell: Workshop) -> None:
    with bell.engine.begin() as connection:
        before = head_of_chain(connection, sample.Base.metadata)
        connection.execute(text("DELETE FROM bell.audit WHERE id > 18"))
        assert head_of_chain(connection, sample.Base.metadata) != before


def test_a_chain_forged_without_the_key_does_not_verify(bell: Workshop) -> None:
    with bell.engine.begin() as connection:
        link = hashlib.sha256(b"forged").hexdigest()
        connection.execute(
            text("INSERT INTO bell.audit VALUES (1, now(), 'nobody', 'rope_shown', 'x', :link)"),
            {"link": link},
        )
        assert first_broken_link(connection, sample.Base.metadata, bell.seals) == 1


def test_the_chain_holds_whatever_time_zone_the_instant_was_written_in(bell: Workshop) -> None:
    shanghai = NOW.astimezone(timezone(timedelta(hours=8)))
    with bell.open() as work:
        work.record("rope_shown", "x", shanghai)
        work.record("rope_shown", "y", NOW)
    with bell.engine.connect() as connection:
        assert first_broken_link(connection, sample.Base.metadata, bell.seals) is None


@pytest.mark.parametrize(
    ("caller", "actor"),
    [
        (RINGER, str(RINGER.account_id)),
        (Actor(grants=(Grant(Role.OPERATOR, EVERYWHERE),)), "console"),
        (ANYONE, "anyone"),
    ],
)
def test_the_chain_says_who_it_was(bell: Workshop, caller: Actor, actor: str) -> None:
    bell.run(ShowRope(rope="x", by=caller), show_rope)
    with bell.engine.connect() as connection:
        assert connection.execute(text("SELECT actor FROM bell.audit")).scalar_one() == actor
