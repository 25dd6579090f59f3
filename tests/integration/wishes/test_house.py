"""Wishes behind its doors: called over the broker, in a house of its own."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from services.chassis import clock
from services.chassis.hosting import House
from services.chassis.migrations import metadata_of
from services.chassis.refusals import Refusal
from services.chassis.work import Workshop
from services.wishes import contracts
from services.wishes.service import WishesService
from tests.support.database import settings_for
from tests.support.sheets import xlsx
from tests.support.wishes import COMMUNITY, OFFICER, PHONE, a_desk, a_resident, a_wish, a_worker
from tests.support.wishes_programme import PNG

pytestmark = pytest.mark.usefixtures("simulated_clock")


@pytest.fixture
def ask(database_url: str) -> Iterator[Any]:
    """Asks a house whose patience ends after two wrong tries."""
    settings = settings_for(database_url, deadline=20.0, services={"wishes": {"wrong_tries_by_code": 2}})
    a_desk(Workshop(settings, metadata_of("wishes")))
    house = House(settings, [WishesService])
    house.start()
    caller = house.caller("test")
    caller.start()
    yield caller.ask
    caller.stop()
    house.stop()


def _refused(ask: Any, request: Any) -> str:
    with pytest.raises(Refusal) as refused:
        ask(request)
    return refused.value.code


def test_a_wish_passes_through_the_doors(ask: Any) -> None:
    receipt = ask(contracts.SubmitWish(community_id=COMMUNITY.id, wish=a_wish(), resident=a_resident()))
    ask(
        contracts.AcceptWish(
            by=a_worker(), wish_id=receipt.wish_id, category=contracts.Category.CULTURE, key="once"
        )
    )
    page = ask(contracts.ListWishes(by=OFFICER, area_id=COMMUNITY.id, state="screened"))
    assert [wish.code for wish in page.items] == [receipt.code]
    track = ask(contracts.TrackWish(code=receipt.code, phone_ending=PHONE[-4:]))
    assert track.state == "screened"


def test_wrong_tries_are_counted_behind_the_doors(ask: Any) -> None:
    receipt = ask(contracts.SubmitWish(community_id=COMMUNITY.id, wish=a_wish(), resident=a_resident()))
    wrong = contracts.TrackWish(code=receipt.code, phone_ending="0000")
    assert [_refused(ask, wrong) for _ in range(3)] == [
        "wishes.unknown_wish",
        "wishes.unknown_wish",
        "wishes.too_many_tries",
    ]
    withdrawal = contracts.WithdrawOwnWish(code=receipt.code, phone_ending=PHONE[-4:])
    assert _refused(ask, withdrawal) == "wishes.too_many_tries"


def test_a_sheet_passes_through_the_door(ask: Any) -> None:
    content = xlsx([["姓名", "心愿内容", "联系电话"], ["彭桂兰", "想要一台收音机", PHONE]])
    sheet = contracts.ImportWishes(by=a_worker(), area_id=COMMUNITY.id, file_name="表.xlsx", content=content)
    assert ask(sheet).accepted == 1
    report = ask(replace(sheet, commit=True))
    ask(contracts.UndoWishImport(by=a_worker(), batch_id=report.batch))
    page = ask(contracts.ListWishes(by=OFFICER, area_id=COMMUNITY.id))
    assert [wish.state for wish in page.items] == ["withdrawn"]


def test_figures_and_a_complaint_pass_through_the_doors(ask: Any) -> None:
    ask(contracts.SubmitWish(community_id=COMMUNITY.id, wish=a_wish(), resident=a_resident()))
    month = f"{clock.now().astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m}"
    asked = contracts.GetFigures(by=OFFICER, area_id=COMMUNITY.id, period=month)
    assert ask(asked).figures.total.submitted == 1
    ask(contracts.SignFigures(by=OFFICER, area_id=COMMUNITY.id, period="2024-01", key="once"))
    signed = ask(contracts.GetReport(by=OFFICER, area_id=COMMUNITY.id, period="2024-01"))
    assert signed.signed.total == contracts.Counts()
    receipt = ask(contracts.SubmitComplaint(text="没有人回话", area_id=COMMUNITY.id))
    (line,) = ask(contracts.ListComplaints(by=OFFICER)).items
    ask(contracts.AnswerComplaint(by=OFFICER, complaint_id=line.id, answer_text="已回访"))
    assert ask(contracts.TrackComplaint(code=receipt.code)).answer == "已回访"
    wrong = contracts.TrackComplaint(code="NOSUCH22")
    assert [_refused(ask, wrong) for _ in range(3)][-1] == "wishes.too_many_tries"


def test_a_paper_passes_through_the_doors_sealed(ask: Any) -> None:
    receipt = ask(contracts.SubmitWish(community_id=COMMUNITY.id, wish=a_wish(), resident=a_resident()))
    paper = contracts.AddEvidence(
        by=a_worker(), wish_id=receipt.wish_id, file_name="低保证.png", content=PNG, key="once"
    )
    kept = ask(paper)
    assert ask(paper) == kept
    found = ask(contracts.LookAtEvidence(by=a_worker(), evidence_id=kept.id))
    assert (found.content, found.file_name) == (PNG, "低保证.png")


def test_a_card_and_a_referral_pass_through_the_doors(ask: Any) -> None:
    batch = ask(contracts.PrintCards(by=a_worker(), community_id=COMMUNITY.id, count=2, key="batch"))
    entered = contracts.EnterWish(
        by=a_worker(),
        community_id=COMMUNITY.id,
        wish=a_wish(),
        resident=a_resident(),
        card_code=batch.codes[0],
    )
    receipt = ask(entered)
    assert receipt.code == batch.codes[0]
    assert _refused(ask, entered) == "wishes.card_used"
    ask(
        contracts.ReferWish(
            by=a_worker(), wish_id=receipt.wish_id, department="区残联", reason="需要专业适配"
        )
    )
    (lies,) = ask(contracts.ListReferrals(by=OFFICER, area_id=COMMUNITY.id)).items
    assert (lies.code, lies.department) == (receipt.code, "区残联")
    assert ask(contracts.GetTaxonomy(area_id=COMMUNITY.id)).taxonomy == "004"
