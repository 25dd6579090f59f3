"""In whose words wishes are sorted, how soon they are screened, and what may be a wish told twice."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from services.chassis.refusals import Malformed
from services.chassis.work import Workshop
from services.wishes import contracts, queries
from services.wishes.contracts import Category, TaxonomyView, UnknownArea, Urgency, WishKind
from tests.support.wishes import (
    COMMUNITY,
    NEIGHBOUR,
    OFFICER,
    Desk,
    a_desk,
    a_resident,
    a_wish,
    id_of,
)
from tests.support.wishes_programme import handed_in

pytestmark = pytest.mark.usefixtures("simulated_clock")


@pytest.fixture
def workshop(workshop_of: Callable[[str], Workshop]) -> Workshop:
    """The workshop of wishes."""
    return workshop_of("wishes")


def codes(desk: Desk, **wanted: Any) -> list[str]:
    """Return the codes of the wishes of the community that are sorted so."""
    query = contracts.ListWishes(by=OFFICER, area_id=COMMUNITY.id, **wanted)
    return [wish.code for wish in desk.ask(query, queries.list_wishes).items]


# -- the taxonomies


@pytest.mark.parametrize(
    ("taxonomy", "words"),
    [("000", "公益发展类"), ("001", "精神文化需求"), ("004", "文化娱乐")],
)
def test_a_wish_is_shown_in_the_words_of_its_city(workshop: Workshop, taxonomy: str, words: str) -> None:
    desk = a_desk(workshop, taxonomy=taxonomy)
    receipt = desk.submit(wish=a_wish(kind=WishKind.SPIRIT, category=Category.CULTURE))
    wish = desk.wish(receipt.wish_id)
    assert wish.official is not None
    assert (wish.category, wish.official.zh, wish.official.taxonomy) == (Category.CULTURE, words, taxonomy)
    assert desk.wish(desk.submit().wish_id).official is None


def test_wishes_are_found_by_category_and_by_the_class_of_the_area(workshop: Workshop) -> None:
    desk = a_desk(workshop, taxonomy="000")
    bag = desk.submit(wish=a_wish(title="书包", category=Category.POVERTY_RELIEF))
    talk = desk.submit(wish=a_wish(title="听一堂党课", kind=WishKind.SERVICE, category=Category.POLICY))
    tap = desk.submit(wish=a_wish(title="修水龙头", kind=WishKind.SERVICE, category=Category.CONVENIENCE))
    assert codes(desk, official="goods") == [bag.code]
    assert codes(desk, official="development") == [talk.code]
    assert codes(desk, official="service") == [tap.code]
    assert codes(desk, category=Category.POLICY) == [talk.code]
    with pytest.raises(Malformed):
        codes(desk, official="culture")


def test_an_area_says_its_classes_with_the_categories_beneath(workshop: Workshop) -> None:
    desk = a_desk(workshop, taxonomy="001")
    query = contracts.GetTaxonomy(area_id=COMMUNITY.id)
    view: TaxonomyView = desk.ask(query, queries.get_taxonomy, settings=desk.settings)
    assert [found.official.zh for found in view.classes] == [
        "生活物资需求",
        "精神文化需求",
        "政策扶持需求",
        "微服务、微关怀",
    ]
    assert view.classes[2].categories == [Category.POLICY, Category.LEGAL_AID]
    assert [found.screening_days for found in view.urgencies] == [1, 2, 5]
    with pytest.raises(UnknownArea):
        desk.ask(contracts.GetTaxonomy(area_id=id_of("x")), queries.get_taxonomy, settings=desk.settings)


# -- 轻重缓急


def test_what_is_pressing_is_due_sooner_and_heads_the_queue(workshop: Workshop) -> None:
    desk = a_desk(workshop)
    ordinary, pressing, urgent = (desk.submit(wish=a_wish(urgency=urgency)) for urgency in _BY_WEIGHT)
    due = [desk.wish(receipt.wish_id).due_on for receipt in (ordinary, pressing, urgent)]
    assert due == [date(2026, 11, 9), date(2026, 11, 4), date(2026, 11, 3)]
    assert codes(desk, state="submitted") == [urgent.code, pressing.code, ordinary.code]
    assert codes(desk, urgency=Urgency.PRESSING) == [pressing.code]


_BY_WEIGHT = (Urgency.ORDINARY, Urgency.PRESSING, Urgency.URGENT)


# -- told twice


def test_a_worker_hears_at_once_of_the_same_wish_of_the_same_resident(workshop: Workshop) -> None:
    desk = a_desk(workshop)
    first = desk.submit(wish=a_wish(title="想要一台收音机"))
    second = handed_in(desk, wish=a_wish(title="希望有收音机听戏"))
    (hint,) = second.duplicates
    assert (hint.code, hint.same, hint.title) == (first.code, "resident", "想要一台收音机")
    assert desk.state(second.wish_id) == "submitted"


def test_a_household_is_known_by_phone_or_address_however_it_is_written(workshop: Workshop) -> None:
    desk = a_desk(workshop)
    here = "银华社区 八一大道12号，3单元501室"
    handed_in(desk, resident=a_resident(name="彭桂兰", phone=None, address=here))
    son = a_resident(name="彭小军", phone="13900001111", address="银华社区八一大道１２号3单元501室")
    by_address = handed_in(desk, resident=son)
    wife = a_resident(name="王淑珍", phone="13900001111", address="")
    by_phone = handed_in(desk, resident=wife)
    assert [hint.same for hint in by_address.duplicates] == ["household"]
    assert [hint.code for hint in by_phone.duplicates] == [by_address.code]


def test_another_thing_another_household_or_a_wish_that_is_gone_is_no_duplicate(
    workshop: Workshop,
) -> None:
    desk = a_desk(workshop)
    gone = handed_in(desk)
    desk.withdraw(gone.wish_id)
    assert handed_in(desk).duplicates == []
    assert handed_in(desk, wish=a_wish(title="陪老人聊聊天")).duplicates == []
    stranger = a_resident(name="李小虎", phone="13700002222", address="别处")
    assert handed_in(desk, resident=stranger).duplicates == []
    assert handed_in(desk, NEIGHBOUR).duplicates == []


def test_a_screener_sees_the_hint_until_the_wish_is_up_and_a_resident_never(workshop: Workshop) -> None:
    desk = a_desk(workshop)
    first, second = desk.submit(), desk.submit()
    assert second.duplicates == []
    assert [hint.code for hint in desk.wish(second.wish_id).duplicates] == [first.code]
    desk.accept(second.wish_id, urgency=Urgency.URGENT)
    assert desk.wish(second.wish_id).duplicates == []
