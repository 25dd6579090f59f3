"""One command or event is one transaction: receipts, effects once, the audit chain, clean refusals."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select, text
from sqlalchemy.dialects.postgresql import UUID

from services.chassis.contracts import Done, new_id
from services.chassis.database import upsert_if_newer
from services.chassis.mailbox import mailbox_for
from services.chassis.refusals import KeyUsedOtherwise, NotPermitted, SignInNeeded
from services.chassis.rights import ANYONE, EVERYWHERE, Actor, Grant, Role
from services.chassis.settings import Settings
from services.chassis.work import ForgottenRights, Work, Workshop
from tests.support import sample
from tests.support.sample import (
    BellStruck,
    ChangeLock,
    Confide,
    Heard,
    Silence,
    Strike,
    StrikeBell,
    TouchRope,
    change_lock,
    confide,
    strike,
)
from tests.support.together import all_at_once, slowly

NOW = datetime(2026, 11, 2, 4, tzinfo=UTC)
RINGER, SEXTON = Actor(account_id=uuid4()), Actor(account_id=uuid4())


@pytest.fixture
def belfry(bell: Workshop, settings: Settings) -> Workshop:
    """The workshop of the belfry, on the same database as the bell's."""
    return Workshop(settings, sample.CountingBase.metadata)


def count(workshop: Workshop, table: Any) -> int:
    """Return how many rows a table holds."""
    with workshop.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


# ------------------------------------------------------------ receipts


def test_the_same_key_twice_does_it_once_and_answers_the_same(bell: Workshop) -> None:
    first = bell.run(StrikeBell(words="noon", key="k", by=RINGER), strike)
    again = bell.run(StrikeBell(words="noon", key="k", by=RINGER), strike)
    assert again == first
    assert count(bell, Strike) == count(bell, mailbox_for(sample.Base.metadata).outbox) == 1


def test_the_same_key_at_the_same_moment_does_it_once_and_answers_all_the_same(bell: Workshop) -> None:
    answers = all_at_once(
        *[lambda: bell.run(StrikeBell(words="noon", key="k", by=RINGER), slowly(strike))] * 12
    )
    assert {answer.strike_id for answer in answers} == {answers[0].strike_id}
    assert count(bell, Strike) == 1


def test_two_callers_may_choose_the_same_key(bell: Workshop) -> None:
    bell.run(StrikeBell(words="noon", key="k", by=RINGER), strike)
    bell.run(StrikeBell(words="noon", key="k", by=SEXTON), strike)
    bell.run(StrikeBell(words="noon", key="k"), strike)
    assert count(bell, Strike) == 3


def test_a_caller_may_use_a_key_for_two_commands(bell: Workshop) -> None:
    bell.run(StrikeBell(words="noon", key="k", by=RINGER), strike)
    bell.run(Confide(words="noon", key="k", by=RINGER), confide)
    assert count(bell, Strike) == 2


def test_a_key_is_good_for_what_was_asked_with_it_and_for_nothing_else(bell: Workshop) -> None:
    bell.run(StrikeBell(words="noon", key="k", by=RINGER), strike)
    with pytest.raises(KeyUsedOtherwise):
        bell.run(StrikeBell(words="midnight", key="k", by=RINGER), strike)
    assert count(bell, Strike) == 1
    in_english = msgspec.structs.replace(RINGER, language="en")
    bell.run(
        StrikeBell(words="noon", key="k", by=in_english), strike
    )  # who asks, and how, is not what is asked


def test_of_two_who_ask_otherwise_with_one_key_at_the_same_moment_one_is_refused(bell: Workshop) -> None:
    def asking(words: str) -> Callable[[], str]:
        def ask() -> str:
            try:
                bell.run(StrikeBell(words=words, key="k", by=RINGER), slowly(strike))
            except KeyUsedOtherwise:
                return "refused"
            return "struck"

        return ask

    assert sorted(all_at_once(asking("noon"), asking("midnight"))) == ["refused", "struck"]
    assert count(bell, Strike) == 1


def test_a_receipt_of_a_version_that_did_not_note_what_was_asked_answers_as_it_did(bell: Workshop) -> None:
    first = bell.run(StrikeBell(words="noon", key="k", by=RINGER), strike)
    with bell.engine.begin() as connection:
        connection.execute(text("UPDATE bell.receipt SET asked = NULL, permitted_at = NULL"))
    assert bell.run(StrikeBell(words="noon", key="k", by=RINGER), strike) == first


def test_of_what_was_asked_a_receipt_keeps_nothing_readable_and_of_secrets_nothing(bell: Workshop) -> None:
    for words, secret in (("王秀英", "first"), ("王秀英", "second")):
        bell.run(ChangeLock(words=words, secret=secret, key="k", by=RINGER), change_lock)
    with bell.engine.connect() as connection:
        kept = connection.execute(text("SELECT receipt::text FROM bell.receipt")).scalar_one()
    assert "王秀英" not in kept


def test_a_key_of_any_length_is_kept(bell: Workshop) -> None:
    for _ in range(2):
        bell.run(StrikeBell(words="noon", key="k" * 100_000, by=RINGER), strike)
    assert count(bell, Strike) == 1


def test_without_a_key_every_command_is_done(bell: Workshop) -> None:
    for _ in range(2):
        bell.run(StrikeBell(words="noon", by=RINGER), strike)
    assert count(bell, Strike) == 2


def test_a_refusal_leaves_nothing_and_the_next_try_is_a_new_one(bell: Workshop) -> None:
    def refuse_late(work: Work, command: StrikeBell, now: datetime) -> Any:
        strike(work, command, now)
        raise Silence(hint="late")

    with pytest.raises(Silence):
        bell.run(StrikeBell(words="noon", key="k", by=RINGER), refuse_late)
    for table in (Strike, *mailbox_tables()):
        assert count(bell, table) == 0
    assert bell.run(StrikeBell(words="noon", key="k", by=RINGER), strike).strike_id


def mailbox_tables() -> list[Any]:
    """Return the five tables of the bell's mailbox."""
    mailbox = mailbox_for(sample.Base.metadata)
    return [mailbox.outbox, mailbox.inbox, mailbox.setback, mailbox.receipt, mailbox.audit]


def test_a_refusal_that_is_returned_is_kept_but_leaves_no_receipt(bell: Workshop) -> None:
    def refuse_and_count(work: Work, command: StrikeBell, now: datetime) -> Any:
        strike(work, command, now)
        return Silence(hint="counted")

    for _ in range(2):
        assert isinstance(bell.run(StrikeBell(words="n", key="k", by=RINGER), refuse_and_count), Silence)
    assert count(bell, Strike) == 2
    assert count(bell, mailbox_for(sample.Base.metadata).receipt) == 0


def test_a_command_that_answers_nothing_is_done_once_too(bell: Workshop) -> None:
    def strike_silently(work: Work, command: StrikeBell, now: datetime) -> None:
        strike(work, command, now)

    for _ in range(2):
        assert bell.run(StrikeBell(words="noon", key="k", by=RINGER), strike_silently) is None
    assert count(bell, Strike) == 1


def test_a_personal_answer_rests_sealed_and_is_opened_for_who_repeats(bell: Workshop) -> None:
    asked = Confide(words="王秀英 13800001234", key="k", by=RINGER)
    assert bell.run(asked, confide) == bell.run(asked, confide)
    with bell.engine.connect() as connection:
        kept = connection.execute(text("SELECT answer::text FROM bell.receipt")).scalar_one()
    assert kept.startswith('{"sealed"')
    assert "王秀英" not in kept
    assert "13800001234" not in kept


# ------------------------------------------------------------ rights


def test_a_use_case_that_forgets_to_ask_for_rights_has_no_effect(bell: Workshop) -> None:
    def forget(work: Work, command: TouchRope, now: datetime) -> Done:
        work.session.add(Strike(words="touched"))
        return Done()

    with pytest.raises(ForgottenRights):
        bell.run(TouchRope(by=RINGER), forget)
    assert count(bell, Strike) == 0


@pytest.mark.parametrize(
    ("caller", "refusal"),
    [(ANYONE, SignInNeeded), (RINGER, NotPermitted), (Actor(member_id=uuid4()), NotPermitted)],
)
def test_only_oneself_is_oneself(bell: Workshop, caller: Actor, refusal: type[Exception]) -> None:
    def touch_own(work: Work, command: TouchRope, now: datetime) -> Done:
        work.permit_self(SEXTON.account_id, None)
        return Done()

    assert bell.run(TouchRope(by=SEXTON), touch_own) == Done()
    with pytest.raises(refusal):
        bell.run(TouchRope(by=caller), touch_own)


def test_a_right_reaches_down_its_subtree_and_no_further(bell: Workshop) -> None:
    operator = Actor(account_id=uuid4(), grants=(Grant(Role.OPERATOR, "/city/north/"),))

    def touch_at(path: str) -> Callable[..., Done]:
        def touch(work: Work, command: TouchRope, now: datetime) -> Done:
            work.permit(path)
            return Done()

        return touch

    assert bell.run(TouchRope(by=operator), touch_at("/city/north/street/")) == Done()
    for elsewhere in ("/city/", "/city/northern/", "/city/south/", EVERYWHERE, ""):
        with pytest.raises(NotPermitted):
            bell.run(TouchRope(by=operator), touch_at(elsewhere))


def touch_the_north(work: Work, command: TouchRope, now: datetime) -> Done:
    """Touch the rope where only those may who operate in the north."""
    work.permit("/city/north/")
    work.session.add(Strike(words="touched"))
    return Done(id=new_id())


def touch_everywhere_permitted(work: Work, command: TouchRope, now: datetime) -> Done:
    """Touch the ropes of all places where the caller may."""
    work.permitted_scopes()
    return Done(id=new_id())


@pytest.mark.parametrize("touch", [touch_the_north, touch_everywhere_permitted])
def test_who_lost_the_right_is_not_answered_from_a_receipt_either(
    bell: Workshop, touch: Callable[..., Done]
) -> None:
    def as_operator_of(*paths: str) -> TouchRope:
        grants = tuple(Grant(Role.OPERATOR, path) for path in paths)
        return TouchRope(by=Actor(account_id=RINGER.account_id, grants=grants), key="k")

    first = bell.run(as_operator_of("/city/north/"), touch)
    assert bell.run(as_operator_of("/city/"), touch) == first
    for revoked in (as_operator_of(), as_operator_of("/city/south/")):
        with pytest.raises(NotPermitted):
            bell.run(revoked, touch)


# ------------------------------------------------------------ events


def hear(work: Work, event: BellStruck, now: datetime) -> None:
    """Note an event."""
    work.session.execute(insert(Heard).values(strike_id=event.strike_id, words=event.words))


def test_an_event_that_comes_many_times_at_once_takes_effect_once(belfry: Workshop) -> None:
    event = BellStruck(strike_id=new_id(), words="noon")
    outcomes = all_at_once(*[lambda: belfry.once(event, "on_bell_struck", slowly(hear))] * 10)
    assert sorted(outcomes) == [False] * 9 + [True]
    assert count(belfry, Heard) == 1


def test_two_handlers_of_one_event_each_have_their_effect(belfry: Workshop) -> None:
    event = BellStruck(strike_id=new_id(), words="noon")
    assert belfry.once(event, "on_bell_struck", hear)
    assert belfry.once(event, "on_bell_struck_too", hear)
    assert count(belfry, Heard) == 2


def test_an_effect_that_fails_leaves_the_event_to_be_tried_again(belfry: Workshop) -> None:
    event = BellStruck(strike_id=new_id(), words="noon")

    def fail(work: Work, event: BellStruck, now: datetime) -> None:
        hear(work, event, now)
        raise RuntimeError("the belfry shook")

    with pytest.raises(RuntimeError):
        belfry.once(event, "on_bell_struck", fail)
    assert belfry.once(event, "on_bell_struck", hear)
    assert count(belfry, Heard) == 1


def test_a_copy_that_is_not_newer_changes_nothing(bell: Workshop) -> None:
    with bell.engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS bell.copied"))
        connection.execute(text("CREATE TABLE bell.copied (id uuid PRIMARY KEY, version int, words text)"))
    copied = _copied()
    first, second = new_id(), new_id()
    with bell.open() as work:
        upsert_if_newer(work.session, copied, [{"id": first, "version": 2, "words": "two"}])
        upsert_if_newer(work.session, copied, [{"id": first, "version": 1, "words": "one"}])
        both = [{"id": second, "version": 7, "words": "seven"}, {"id": second, "version": 6, "words": "six"}]
        upsert_if_newer(work.session, copied, both)
    with bell.engine.connect() as connection:
        rows = connection.execute(text("SELECT version, words FROM bell.copied ORDER BY version")).all()
    assert [tuple(row) for row in rows] == [(2, "two"), (7, "seven")]


def _copied() -> Any:
    class Copied:
        __table__ = Table(
            "copied",
            MetaData(schema="bell"),
            Column("id", UUID(as_uuid=True), primary_key=True),
            Column("version", Integer),
            Column("words", String),
        )

    return Copied
