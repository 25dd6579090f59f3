"""Nobody's name, phone or address is readable in a table or travels readable in an event (invariant 8)."""

import pytest

from services.chassis.rights import Role
from services.wishes import contracts, usecases
from services.wishes.contracts import Hardship, UnknownWish, Urgency
from tests.support.sheets import xlsx
from tests.support.wishes import (
    COMMUNITY,
    Desk,
    a_resident,
    a_wish,
    a_worker,
    claims_ended,
    claims_made,
    standing,
)

pytestmark = pytest.mark.usefixtures("simulated_clock")

NAME, PHONE, ADDRESS, SECRET = "欧阳翠花", "13987651234", "金丝雀巷77号", "金丝雀病历"
CANARIES = (NAME, PHONE, ADDRESS, SECRET)


def _live_through_everything(desk: Desk) -> list[contracts.WishReceipt]:
    """Let a resident's data pass through every door and every move that keeps something."""
    resident = a_resident(name=NAME, phone=PHONE, address=ADDRESS)
    wish = a_wish(details=f"{SECRET}，{NAME}住{ADDRESS}，电话{PHONE}")
    submitted = desk.submit(key="canary", wish=wish, resident=resident)
    returned = desk.enter(wish=wish, resident=resident)
    reason = f"{NAME}住{ADDRESS}，{SECRET}"
    desk.do(
        contracts.ReturnWish(by=a_worker(), wish_id=returned.wish_id, reason=reason), usecases.return_wish
    )
    amended = contracts.AmendWish(by=a_worker(), wish_id=returned.wish_id, wish=wish)
    desk.do(amended, usecases.amend_wish, settings=desk.settings)
    desk.accept(submitted.wish_id, value=900, ceiling_reason=reason)
    desk.accept(returned.wish_id, urgency=Urgency.URGENT)
    desk.release("2026-11")
    desk.hear(claims_made((submitted.wish_id, standing("taken", 1))), usecases.note_claims)
    desk.hear(claims_ended((submitted.wish_id, standing("open", 2, 1))), usecases.note_ended_claims)
    desk.do(
        contracts.WithdrawWish(by=a_worker(), wish_id=submitted.wish_id, reason=reason),
        usecases.withdraw_wish,
    )
    _be_on_the_roster_and_in_a_sheet(desk, reason)
    return [submitted, returned]


def _be_on_the_roster_and_in_a_sheet(desk: Desk, reason: str) -> None:
    """Let the same data pass through the other doors, and through a search box by mistake."""
    put = contracts.PutOnRoster(
        by=a_worker(),
        key="canary",
        community_id=COMMUNITY.id,
        resident=a_resident(name=NAME, phone=PHONE, address=ADDRESS, hardship=(Hardship.ILL,)),
    )
    entry = desk.do(put, usecases.put_on_roster)
    off = contracts.CheckRosterEntry(
        by=a_worker(), resident_id=entry.resident_id, still_in_hardship=False, reason=reason
    )
    desk.do(off, usecases.check_roster_entry)
    header = ["姓名", "家庭住址", "心愿内容", "申领证明材料", "联系电话"]
    row = [NAME, ADDRESS, "想要一些治老寒腿的药，" * 5 + f"{NAME}的{SECRET}里有", SECRET, PHONE]
    desk.bring("表.xlsx", xlsx([[*header], [*row]]), commit=True, key="canary")
    for typed in (NAME, PHONE):
        with pytest.raises(UnknownWish):
            desk.track(typed, PHONE[-4:], address=ADDRESS)


def _everything_written(desk: Desk) -> dict[str, str]:
    """Return all rows of all tables of wishes as text, the outbox, receipts and audit among them."""
    tables = desk.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'wishes'")
    return {
        table: "\n".join(str(row[0]) for row in desk.rows(f"SELECT t::text FROM wishes.{table} AS t"))
        for (table,) in tables
    }


def test_no_canary_is_readable_in_any_table_or_event(desk: Desk) -> None:
    _live_through_everything(desk)
    written = _everything_written(desk)
    assert written["wish"]
    assert written["outbox"]
    assert written["receipt"]
    hidden_as = [*CANARIES, *(canary.encode("unicode_escape").decode() for canary in CANARIES)]
    sightings = [(table, canary) for table, text in written.items() for canary in hidden_as if canary in text]
    assert sightings == []


def test_after_everything_each_wish_explains_itself(desk: Desk) -> None:
    _live_through_everything(desk)
    assert desk.unexplained() == []


def test_what_staff_see_is_masked_and_what_residents_see_names_nobody(desk: Desk) -> None:
    submitted, returned = _live_through_everything(desk)
    for by in (a_worker(), a_worker(COMMUNITY, Role.GRID_WORKER)):
        view = desk.wish(submitted.wish_id, by=by)
        assert (view.resident_name, view.resident_phone) == ("欧**", "***1234")
    track = desk.track(returned.code, PHONE[-4:])
    assert {move.by for move in track.moves} <= {"resident", "community", "claims", "house"}
