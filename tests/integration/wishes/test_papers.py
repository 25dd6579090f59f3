"""Evidence apart from the wish and not for ever; paper cards whose code stays the code of the wish."""

import base64
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from services.chassis.clock import SimulatedClock
from services.chassis.mailbox import mailbox_for
from services.chassis.refusals import NotPermitted
from services.chassis.rights import Role
from services.wishes import contracts, queries, usecases
from services.wishes.contracts import (
    CardUsed,
    EvidencePaper,
    EvidenceTooLarge,
    TooMuchEvidence,
    UnknownCampaign,
    UnknownCard,
    UnknownEvidence,
    UnknownWish,
    UnusableAmount,
    UnusableEvidence,
)
from services.wishes.models import Base
from services.wishes.settings import WishesSettings
from tests.support.sheets import xlsx
from tests.support.together import all_at_once
from tests.support.wishes import (
    COMMUNITY,
    DISTRICT,
    FAR_COMMUNITY,
    NEIGHBOUR,
    PHONE,
    Desk,
    a_worker,
    id_of,
)
from tests.support.wishes_programme import (
    PNG,
    TODAY,
    add_paper,
    ask_now,
    campaign,
    campaign_view,
    day,
    handed_in,
    print_cards,
)


def look(desk: Desk, evidence_id: UUID, **by: object) -> EvidencePaper:
    """Open a paper."""
    query = contracts.LookAtEvidence(**{"by": a_worker()} | by, evidence_id=evidence_id)  # type: ignore[arg-type]
    paper: EvidencePaper = ask_now(desk, query, queries.look_at_evidence)
    return paper


def papers(desk: Desk, wish_id: UUID, **by: object) -> list[tuple[str, int, date]]:
    """Return what is said of the papers of a wish."""
    query = contracts.ListEvidence(**{"by": a_worker()} | by, wish_id=wish_id)  # type: ignore[arg-type]
    items = ask_now(desk, query, queries.list_evidence).items
    return [(item.kind, item.size, item.kept_until) for item in items]


def recorded(desk: Desk) -> list[tuple[str, str]]:
    """Return who did what to evidence, from the audit chain."""
    audit = mailbox_for(Base.metadata).audit
    with desk.workshop.engine.connect() as connection:
        rows = connection.execute(audit.select().order_by(audit.c.id)).all()
    return [(row.actor, row.action) for row in rows if row.action.startswith("evidence")]


# -- evidence


def test_a_paper_is_kept_sealed_apart_from_its_wish_and_every_look_is_recorded(desk: Desk) -> None:
    receipt = desk.submit()
    paper = add_paper(desk, receipt.wish_id)
    assert papers(desk, receipt.wish_id) == [("image/png", len(PNG), TODAY + timedelta(days=180))]
    found = look(desk, paper)
    assert (found.content, found.file_name, found.kind) == (PNG, "低保证.png", "image/png")
    look(desk, paper, by=a_worker(DISTRICT, Role.OFFICER))
    actors = [str(a_worker().account_id), str(a_worker(DISTRICT, Role.OFFICER).account_id)]
    assert recorded(desk) == [(actor, "evidence_opened") for actor in actors]
    ((row,),) = desk.rows("SELECT evidence::text FROM wishes.evidence")
    assert "低保证" not in row
    assert base64.b64encode(PNG).decode() not in row


def test_who_collects_may_add_a_paper_but_not_open_it(desk: Desk) -> None:
    receipt = desk.submit()
    grid_worker = a_worker(COMMUNITY, Role.GRID_WORKER)
    paper = add_paper(desk, receipt.wish_id, by=grid_worker)
    assert len(papers(desk, receipt.wish_id, by=grid_worker)) == 1
    for nobody in (grid_worker, a_worker(NEIGHBOUR)):
        with pytest.raises(NotPermitted):
            look(desk, paper, by=nobody)
    with pytest.raises(NotPermitted):
        add_paper(desk, receipt.wish_id, by=a_worker(NEIGHBOUR))
    with pytest.raises(UnknownEvidence):
        look(desk, id_of("no paper"))
    with pytest.raises(UnknownWish):
        papers(desk, id_of("no wish"))
    assert recorded(desk) == []


def test_a_paper_is_thrown_away_when_its_day_has_come(desk: Desk, simulated_clock: SimulatedClock) -> None:
    receipt = desk.submit()
    paper = add_paper(desk, receipt.wish_id)
    last = TODAY + timedelta(days=180)
    day(desk, last)
    assert desk.rows("SELECT FROM wishes.evidence")
    simulated_clock.set(simulated_clock.now() + timedelta(days=181))
    with pytest.raises(UnknownEvidence):
        look(desk, paper)
    day(desk, last + timedelta(days=1))
    assert desk.rows("SELECT FROM wishes.evidence") == []
    assert recorded(desk) == [("house", "evidence_expired")]


def test_a_paper_may_be_removed_before_its_time(desk: Desk) -> None:
    receipt = desk.submit()
    paper = add_paper(desk, receipt.wish_id)
    desk.do(contracts.RemoveEvidence(by=a_worker(), evidence_id=paper), usecases.remove_evidence)
    assert papers(desk, receipt.wish_id) == []
    assert [action for _, action in recorded(desk)] == ["evidence_removed"]


def test_only_photos_and_pdf_of_a_sensible_size_and_number_are_kept(desk: Desk) -> None:
    receipt = desk.submit()
    for content in (b"", b"<svg onload=alert(1)>", b"MZ\x90\x00"):
        with pytest.raises(UnusableEvidence):
            add_paper(desk, receipt.wish_id, content)
    desk.settings = WishesSettings(largest_evidence=1_000_000)
    with pytest.raises(EvidenceTooLarge) as refused:
        add_paper(desk, receipt.wish_id, PNG + b"x" * 1_000_000)
    assert refused.value.arguments == {"limit": 1}
    for content in [b"%PDF-1.7", b"\xff\xd8\xff\xe0"] * 5:
        add_paper(desk, receipt.wish_id, content)
    with pytest.raises(TooMuchEvidence):
        add_paper(desk, receipt.wish_id)


def test_what_a_form_names_as_evidence_is_kept_the_same_way(desk: Desk) -> None:
    head: list[Any] = ["姓名", "心愿内容", "申领证明材料", "联系电话"]
    desk.bring("表.xlsx", xlsx([head, ["彭桂兰", "想要一台收音机", "低保证", PHONE]]), commit=True)
    ((wish_id, paper),) = desk.rows("SELECT wish_id, id FROM wishes.evidence")
    assert papers(desk, wish_id) == [("text/plain", len("低保证".encode()), TODAY + timedelta(days=180))]
    assert look(desk, paper).content.decode() == "低保证"


# -- cards


def test_the_code_of_a_card_stays_the_code_of_the_wish_written_on_it(desk: Desk) -> None:
    codes = print_cards(desk, 3)
    assert len(set(codes)) == 3
    typed = f" {codes[0][:4].lower()} {codes[0][4:]} "
    receipt = handed_in(desk, card_code=typed)
    wish = desk.wish(receipt.wish_id)
    assert (receipt.code, wish.code, wish.door) == (codes[0], codes[0], contracts.Door.CARD)
    assert desk.track(codes[0]).state == "submitted"
    query = contracts.ListCards(by=a_worker(), community_id=COMMUNITY.id)
    cards = {card.code: card.wish_id for card in desk.ask(query, queries.list_cards).items}
    assert cards == {codes[0]: receipt.wish_id, codes[1]: None, codes[2]: None}
    blank = contracts.ListCards(by=a_worker(), community_id=COMMUNITY.id, blank=True, limit=1)
    page = desk.ask(blank, queries.list_cards)
    assert (page.items[0].code, page.next) == (sorted(codes[1:])[0], sorted(codes[1:])[0])


def test_a_card_that_was_entered_is_refused_and_one_of_another_community_unknown(desk: Desk) -> None:
    (code,) = print_cards(desk, 1)
    with pytest.raises(UnknownCard):
        handed_in(desk, NEIGHBOUR, card_code=code)
    with pytest.raises(UnknownCard):
        handed_in(desk, card_code="22222222")
    handed_in(desk, card_code=code)
    with pytest.raises(CardUsed):
        handed_in(desk, card_code=code)
    assert len(desk.rows("SELECT FROM wishes.wish")) == 1


def test_of_two_workers_with_the_same_card_one_is_refused(desk: Desk) -> None:
    (code,) = print_cards(desk, 1)
    outcomes = all_at_once(*[partial(handed_in, desk, card_code=code)] * 4)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CardUsed"] * 3 + ["WishReceipt"]


def test_a_blank_card_tracks_nothing(desk: Desk) -> None:
    (code,) = print_cards(desk, 1)
    with pytest.raises(UnknownWish):
        desk.track(code)


def test_a_card_printed_for_a_campaign_counts_for_it(desk: Desk) -> None:
    running = campaign(desk, DISTRICT)
    (code,) = print_cards(desk, 1, campaign_id=running)
    handed_in(desk, card_code=code)
    assert campaign_view(desk, running).wishes == 1
    with pytest.raises(UnknownCampaign):
        print_cards(desk, 1, campaign_id=running, community_id=FAR_COMMUNITY.id, by=a_worker(FAR_COMMUNITY))


def test_cards_are_printed_in_sensible_batches_by_who_works_there(desk: Desk) -> None:
    for count in (0, 501):
        with pytest.raises(UnusableAmount):
            print_cards(desk, count)
    with pytest.raises(NotPermitted):
        print_cards(desk, 1, by=a_worker(NEIGHBOUR))
    key = {"key": "one batch"}
    assert print_cards(desk, 2, **key) == print_cards(desk, 2, **key)
