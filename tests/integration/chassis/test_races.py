"""What the database refuses: races are run again, faults named without anybody's words in the log."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
import pytest
import structlog
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from services.chassis.contracts import Done, new_id
from services.chassis.refusals import Malformed, Unavailable
from services.chassis.settings import Settings
from services.chassis.work import Work, Workshop
from tests.support import sample
from tests.support.sample import Strike, StrikeBell, strike
from tests.support.together import all_at_once, meeting_of


def test_a_race_for_a_unique_key_is_run_again(bell: Workshop) -> None:
    taken, both_have_looked = new_id(), meeting_of(2)
    tries = []

    def strike_with_free_id(work: Work, command: StrikeBell, now: datetime) -> Done:
        tries.append(taken)
        is_free = not work.session.execute(select(Strike.id).where(Strike.id == taken)).first()
        both_have_looked()
        work.session.execute(insert(Strike).values(id=taken if is_free else new_id(), words=command.words))
        return Done()

    outcomes = all_at_once(*[lambda: bell.run(StrikeBell(words="noon"), strike_with_free_id)] * 2)
    assert outcomes == [Done(), Done()]
    assert len(tries) == 3


def test_a_key_that_is_always_taken_is_a_fault_and_the_log_names_the_constraint_only(bell: Workshop) -> None:
    taken = new_id()

    def strike_anyway(work: Work, command: StrikeBell, now: datetime) -> Done:
        work.session.execute(insert(Strike).values(id=taken, words=command.words))
        return Done()

    bell.run(StrikeBell(words="first"), strike_anyway)
    with structlog.testing.capture_logs() as logs, pytest.raises(IntegrityError):
        bell.run(StrikeBell(words="王秀英"), strike_anyway)
    assert [entry["event"] for entry in logs] == ["transaction_tried_again"] * 3 + ["database_refused"]
    assert logs[-1]["constraint"] == "pk_strike"
    assert str(taken) not in str(logs)
    assert "王秀英" not in str(logs)


def test_a_null_where_none_may_be_is_no_race(bell: Workshop) -> None:
    tries = []

    def strike_without_words(work: Work, command: StrikeBell, now: datetime) -> Done:
        tries.append(1)
        work.session.execute(insert(Strike).values(words=None))
        return Done()

    with structlog.testing.capture_logs() as logs, pytest.raises(IntegrityError):
        bell.run(StrikeBell(words="noon"), strike_without_words)
    assert len(tries) == 1
    assert logs[-1]["constraint"] == "words"


def test_a_value_that_no_column_holds_is_refused_as_malformed(bell: Workshop) -> None:
    def strike_beyond_all_numbers(work: Work, command: StrikeBell, now: datetime) -> Done:
        work.session.execute(text("SELECT CAST(:number AS integer)"), {"number": 10**30})
        return Done()

    with pytest.raises(Malformed):
        bell.run(StrikeBell(words="noon"), strike_beyond_all_numbers)


def test_two_works_that_lock_each_other_out_both_succeed(bell: Workshop) -> None:
    first, second, both_hold_one = new_id(), new_id(), meeting_of(2)
    with bell.open() as work:
        work.session.add_all([Strike(id=first, words="0"), Strike(id=second, words="0")])

    def strike_both(order: list[Any]) -> Callable[..., Done]:
        def strike_in_order(work: Work, command: StrikeBell, now: datetime) -> Done:
            for each in order:
                changed = text("UPDATE bell.strike SET words = words || :words WHERE id = :id")
                work.session.execute(changed, {"words": command.words, "id": each})
                both_hold_one()
            return Done()

        return strike_in_order

    outcomes = all_at_once(
        lambda: bell.run(StrikeBell(words="a"), strike_both([first, second])),
        lambda: bell.run(StrikeBell(words="b"), strike_both([second, first])),
    )
    assert outcomes == [Done(), Done()]
    with bell.engine.connect() as connection:
        words = connection.execute(text("SELECT words FROM bell.strike")).scalars()
        assert {"".join(sorted(one)) for one in words} == {"0ab"}


def test_a_database_that_is_away_is_unavailable(settings: Settings) -> None:
    away = msgspec.structs.replace(settings, database_url="postgresql://nobody:@127.0.0.1:1/nowhere")
    with pytest.raises(Unavailable):
        Workshop(away, sample.Base.metadata).run(StrikeBell(words="noon"), strike)
