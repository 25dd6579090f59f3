"""What residents, workers and departments do with wishes: say, screen, refer and withdraw them."""

from functools import cache
from typing import Any

from hypothesis import strategies as some
from hypothesis.stateful import rule

from services.chassis.contracts import Command
from services.chassis.refusals import IllegalMove, NotPermitted
from services.chassis.sheets import Cell
from services.wishes.contracts import (
    AcceptWish,
    AlreadyClaimed,
    AmendWish,
    AnswerReferral,
    BatchCannotBeUndone,
    CardUsed,
    Category,
    CeilingReasonNeeded,
    DeclineWish,
    Door,
    EnterWish,
    ImportWishes,
    NotCollecting,
    NotReferred,
    PrintCards,
    ReasonNeeded,
    ReferralOutcome,
    ReferWish,
    ReturnWish,
    SubmitWish,
    UndoWishImport,
    Urgency,
    WishReceipt,
    WithdrawOwnWish,
    WithdrawWish,
)
from services.wishes.domain import DOORS_OF_WORKERS, WISH_LIFECYCLE, WishAction, WishState
from tests.support.machines import plays
from tests.support.sheets import csv_text
from tests.support.wishes import DISTRICT, FAR_DISTRICT, OFFICER, PHONE, Place, a_resident, a_wish, a_worker
from tests.support.wishes_life import WishesLived, homes, numbers
from tests.support.wishes_model import KnownCampaign, KnownWish

REASON = "请说明需要哪一种"
DEAR = 5000
"""Yuan, far above the ceiling."""

urgencies = some.sampled_from([Urgency.ORDINARY, Urgency.ORDINARY, Urgency.PRESSING, Urgency.URGENT])


@cache
def a_sheet(rows: int) -> bytes:
    """Return form 001-1 with so many wishes."""
    said: list[list[Cell]] = [["彭桂兰", f"想要第{number}台收音机", PHONE] for number in range(rows)]
    return csv_text([["姓名", "心愿内容", "联系电话"], *said], "utf-8-sig")


class Intake(WishesLived):
    """How wishes come in, and are put right."""

    @plays(WishAction.SUBMIT)
    @rule(home=homes, door=some.sampled_from(Door), urgency=urgencies, for_campaign=some.booleans())
    def come_in(self, home: Place, door: Door, urgency: Urgency, for_campaign: bool) -> None:
        campaign = self.known.campaigns[-1] if for_campaign and self.known.campaigns else None
        if door is Door.ONLINE:
            said = SubmitWish(community_id=home.id, wish=a_wish(urgency=urgency), resident=a_resident())
            self.came_in(self.done(said), home, urgency)
        elif door is Door.CARD:
            self.enter_a_card(home)
        elif door in DOORS_OF_WORKERS:
            self.enter(home, door, campaign)
        else:
            self.bring_a_sheet(home, rows=2)

    def enter(self, home: Place, door: Door, campaign: KnownCampaign | None) -> None:
        """Enter a wish; what is for a campaign only while that collects."""
        said: dict[str, Any] = {"community_id": home.id, "wish": a_wish(), "resident": a_resident()}
        said |= {"door": door, "campaign_id": campaign.id if campaign else None}
        command = EnterWish(by=a_worker(home), **said)
        if campaign is not None and not campaign.is_collecting(self.today):
            self.refused(command, NotCollecting)
        else:
            self.came_in(self.done(command), home).campaign = campaign

    def enter_a_card(self, home: Place) -> None:
        """Print a card and enter what came back on it; it comes back once."""
        printed = self.done(PrintCards(by=a_worker(home), community_id=home.id, count=1))
        said: dict[str, Any] = {"community_id": home.id, "wish": a_wish(), "resident": a_resident()}
        command = EnterWish(by=a_worker(home), card_code=printed.codes[0], **said)
        wish = self.came_in(self.done(command), home)
        assert wish.code == printed.codes[0]
        self.refused(command, CardUsed)

    def bring_a_sheet(self, home: Place, rows: int) -> None:
        """Import a sheet after a look at what it would bring."""
        said: dict[str, Any] = {"area_id": home.id, "file_name": "心愿.csv", "content": a_sheet(rows)}
        with self.nothing_changes():
            assert self.house.ask(ImportWishes(by=a_worker(home), **said)).accepted == rows
        batch_id = self.done(ImportWishes(by=a_worker(home), commit=True, **said)).batch
        found = self.house.rows("SELECT id, code FROM wishes.wish WHERE batch_id = :id", id=batch_id)
        assert len(found) == rows
        for row in found:
            self.knows(KnownWish(row.id, row.code, home, batch_id=batch_id))

    @plays(WishAction.UNDO)
    @rule(number=numbers)
    def undo_a_sheet(self, number: int) -> None:
        brought = sorted({wish.batch_id for wish in self.known.wishes if wish.batch_id})
        fit = [batch_id for batch_id in brought if self.known.may_be_undone(batch_id)]
        chosen = fit if fit and number % 5 else brought
        for batch_id in chosen[number % len(chosen) :][:1] if chosen else []:
            command = UndoWishImport(by=OFFICER, batch_id=batch_id)
            if not self.known.may_be_undone(batch_id):
                self.refused(command, BatchCannotBeUndone)
                continue
            self.done(command)
            self.known.undone.add(batch_id)
            for wish in self.known.of_batch(batch_id):
                self.took(wish, WishAction.UNDO)

    @plays(WishAction.AMEND)
    @rule(number=numbers, urgency=urgencies)
    def amend(self, number: int, urgency: Urgency) -> None:
        wish = self.a_wish_for(WishAction.AMEND, number)
        said = a_wish(title="想要一台大字收音机", urgency=urgency)
        if self.moves(wish, WishAction.AMEND, AmendWish(by=OFFICER, wish_id=wish.id, wish=said)):
            wish.urgency = urgency

    def came_in(self, receipt: WishReceipt, home: Place, urgency: Urgency = Urgency.ORDINARY) -> KnownWish:
        """Know a wish by its receipt."""
        return self.knows(KnownWish(receipt.wish_id, receipt.code, home, urgency))

    def knows(self, wish: KnownWish) -> KnownWish:
        """Know a wish that was just submitted."""
        self.known.wishes.append(wish)
        self.took(wish, WishAction.SUBMIT)
        return wish


class Screening(WishesLived):
    """What screeners and departments decide."""

    @plays(WishAction.ACCEPT, WishAction.RELEASE)
    @rule(number=numbers, urgency=some.sampled_from([None, None, Urgency.ORDINARY, Urgency.URGENT]))
    def accept(self, number: int, urgency: Urgency | None) -> None:
        wish = self.a_wish_for(WishAction.ACCEPT, number)
        if not self.moves(wish, WishAction.ACCEPT, self.acceptance(wish, urgency=urgency)):
            return
        wish.urgency = urgency or wish.urgency
        if wish.urgency is Urgency.URGENT or (wish.campaign and wish.campaign.puts_up_at_once(self.today)):
            wish.goes_up(self.now, f"{self.today:%Y-%m}")

    @rule(number=numbers, how=some.integers(0, 2))
    def ask_in_vain(self, number: int, how: int) -> None:
        """Accept what is dear without a word of why, or without the right to; say no without a reason."""
        wish = self.a_wish_for(WishAction.ACCEPT, number)
        if how == 0:
            is_legal = WISH_LIFECYCLE.allows(wish.state, WishAction.ACCEPT)
            self.refused(self.acceptance(wish, value=DEAR), CeilingReasonNeeded if is_legal else IllegalMove)
        elif how == 1:
            is_far = wish.place.path.startswith(FAR_DISTRICT.path)
            somebody = a_worker(DISTRICT if is_far else FAR_DISTRICT)
            self.refused(AcceptWish(by=somebody, wish_id=wish.id), NotPermitted)
        else:
            for said in (ReturnWish, DeclineWish, WithdrawWish):
                self.refused(said(by=OFFICER, wish_id=wish.id, reason=" "), ReasonNeeded)

    @plays(WishAction.RETURN)
    @rule(number=numbers)
    def give_back(self, number: int) -> None:
        wish = self.a_wish_for(WishAction.RETURN, number)
        self.moves(wish, WishAction.RETURN, ReturnWish(by=OFFICER, wish_id=wish.id, reason=REASON))

    @plays(WishAction.DECLINE)
    @rule(number=numbers)
    def decline(self, number: int) -> None:
        wish = self.a_wish_for(WishAction.DECLINE, number)
        self.moves(wish, WishAction.DECLINE, DeclineWish(by=OFFICER, wish_id=wish.id, reason=REASON))

    @plays(WishAction.REFER)
    @rule(number=numbers)
    def refer(self, number: int) -> None:
        wish = self.a_wish_for(WishAction.REFER, number)
        command = ReferWish(by=OFFICER, wish_id=wish.id, department="区残联", reason="需要专业适配")
        if self.moves(wish, WishAction.REFER, command):
            wish.lies_with_department = True

    @plays(WishAction.TAKE_BACK, WishAction.DECLINE, WishAction.SETTLE)
    @rule(number=numbers, outcome=some.sampled_from(ReferralOutcome))
    def answer_for_the_department(self, number: int, outcome: ReferralOutcome) -> None:
        action = {
            ReferralOutcome.RETURNED: WishAction.TAKE_BACK,
            ReferralOutcome.DECLINED: WishAction.DECLINE,
            ReferralOutcome.SETTLED: WishAction.SETTLE,
        }[outcome]
        wish = self.a_wish_for(WishAction.TAKE_BACK, number)
        command = AnswerReferral(by=OFFICER, wish_id=wish.id, outcome=outcome, reason="本月送到家")
        if wish.state is not WishState.REFERRED:
            self.refused(command, IllegalMove if wish.lies_with_department else NotReferred)
        else:
            self.done(command)
            wish.takes(action, self.now, by_department=True)
            wish.lies_with_department = False

    def acceptance(self, wish: KnownWish, value: int = 120, urgency: Urgency | None = None) -> Command:
        """Return the word of a screener."""
        given: dict[str, Any] = {"category": Category.POVERTY_RELIEF, "value": value, "urgency": urgency}
        return AcceptWish(by=OFFICER, wish_id=wish.id, **given)


class Withdrawing(WishesLived):
    """How wishes are taken back."""

    @plays(WishAction.WITHDRAW)
    @rule(number=numbers, by_worker=some.booleans())
    def withdraw(self, number: int, by_worker: bool) -> None:
        wish = self.a_wish_for(WishAction.WITHDRAW, number)
        by_resident = WithdrawOwnWish(code=wish.code, phone_ending=PHONE[-4:])
        if by_worker:
            command = WithdrawWish(by=OFFICER, wish_id=wish.id, reason="家里已经买了")
            self.moves(wish, WishAction.WITHDRAW, command)
        elif wish.state is WishState.CLAIMED:
            self.refused(by_resident, AlreadyClaimed)
        else:
            self.moves(wish, WishAction.WITHDRAW, by_resident)
